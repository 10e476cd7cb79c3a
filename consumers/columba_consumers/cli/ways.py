"""Ways out that are down, shut or slowed, in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from columba_consumers.cli.words import because, duration

if TYPE_CHECKING:
    from columba_shared.log.destinations import Restriction


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A target, or one destination of it, that is not simply open; ``a_second`` is what it is given, None: no less."""

    target: str
    destination: str
    down_since: datetime | None
    shut_until: datetime | None
    a_second: float | None
    reply: str | None


def ways(found: "Iterable[Restriction]", at: datetime) -> list[Way]:
    """Return what is restricted now; what has had its time is open, whatever its row still says."""
    listed = [
        Way(
            target=each.target,
            destination=each.name,
            down_since=each.down_since,
            shut_until=each.flow.shut_until if each.flow.is_shut(at) else None,
            a_second=each.flow.rate(at),
            reply=each.reply,
        )
        for each in found
    ]
    return [each for each in listed if each.down_since or each.shut_until or each.a_second is not None]


def told(found: Iterable[Way], at: datetime) -> Iterator[str]:
    """Yield a sentence for each."""
    for way in found:
        where = f"{way.target} {_over(way.destination)}" if way.destination else way.target
        if way.down_since is not None:
            yield f"{where} has been down for {duration(at - way.down_since)}{because(way.reply)}."
        elif way.shut_until is not None:
            yield f"{where} is left alone for {duration(way.shut_until - at)}{because(way.reply)}."
        elif way.a_second is not None:
            yield f"{where} is given {way.a_second:.1f} a second for now{because(way.reply)}."


def _over(destination: str) -> str:
    from columba_shared.log.destinations import ACCOUNT

    return f"by {destination}" if destination.startswith(ACCOUNT) else f"to {destination}"
