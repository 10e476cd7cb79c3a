"""A rewording: what deliveries of a kind say by the old templates and by the new, side by side; nothing is sent."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from columba_shared.errors import ColumbaError

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.logged import logged_event
from columba_consumers.cli.making import Making

if TYPE_CHECKING:
    from columba_shared.event import Event, Recipient
    from columba_shared.log.records import Account

_AROUND: Final = 2
"""Lines that are shown around a change."""
_SHORTEST: Final = 2
"""A value of one character stands for too much else."""


class Change(StrEnum):
    """What becomes of a message by the new templates."""

    SAME = "same"
    CHANGED = "changed"
    BREAKS = "breaks"
    MENDED = "mended"
    BROKEN = "broken"


@dataclass(slots=True, kw_only=True)
class Alike:
    """Deliveries of which the message is changed alike, and one of them."""

    change: Change
    example: UUID
    address: str
    diff: tuple[str, ...] = ()
    reason: str | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a delivery would say, or why it cannot be said."""

    lines: tuple[str, ...] = ()
    """Its subject and text, or all of a message that has none."""
    html: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(slots=True, kw_only=True)
class Rewording:
    """Renders twice, and gathers what is alike."""

    old: Making
    new: Making
    whole_html: bool
    _found: dict[tuple[object, ...], Alike] = field(default_factory=dict)

    @property
    def found(self) -> list[Alike]:
        """What was found: what breaks first, then what most deliveries have in common."""
        order = (Change.BREAKS, Change.BROKEN, Change.CHANGED, Change.MENDED, Change.SAME)
        return sorted(self._found.values(), key=lambda each: (order.index(each.change), -each.number))

    def count(self, change: Change) -> int:
        """Return of how many messages this becomes."""
        return sum(each.number for each in self._found.values() if each.change is change)

    async def compare(self, page: "Sequence[Account]") -> None:
        """Render all of a page by both."""
        await asyncio.gather(*map(self._one, page))

    async def _one(self, account: "Account") -> None:
        try:
            event, recipient = logged_event(account)
        except (ColumbaError, Failure) as error:
            self._note(account, Change.BROKEN, (), str(error), {})
            return
        old, new = await asyncio.gather(self._said(self.old, event, recipient), self._said(self.new, event, recipient))
        self._note(account, _change(old, new), _diff(old, new), new.problem or old.problem, _masks(event, recipient))

    async def _said(self, making: Making, event: "Event", recipient: "Recipient") -> _Said:
        from columba_consumers.rendering.errors import Vanished, Vetoed

        try:
            message = await making.content(event, recipient)
        except (Vanished, Vetoed) as ended:
            return _Said(lines=(f"(nothing: {ended})",))
        except (ColumbaError, Failure) as error:
            return _Said(problem=str(error))
        return _said(message, whole_html=self.whole_html)

    def _note(
        self, account: "Account", change: Change, diff: tuple[str, ...], reason: str | None, masks: Mapping[str, str]
    ) -> None:
        delivery = account.delivery
        alike = (
            change,
            *(_masked(line, masks) for line in diff if not line.startswith("@@")),
            _masked(reason or "", masks),
        )
        found = self._found.setdefault(
            alike, Alike(change=change, example=delivery.id, address=delivery.address, diff=diff, reason=reason)
        )
        found.number += 1


def _change(old: _Said, new: _Said) -> Change:
    if new.problem is not None:
        return Change.BREAKS if old.problem is None else Change.BROKEN
    if old.problem is not None:
        return Change.MENDED
    return Change.SAME if old == new else Change.CHANGED


def _diff(old: _Said, new: _Said) -> tuple[str, ...]:
    """Return what changes; HTML that changes as the text does is not told once more."""
    text, html = (
        tuple(unified_diff(before, now, n=_AROUND, lineterm=""))[2:]
        for before, now in ((old.lines, new.lines), (old.html, new.html))
    )
    again = [line for line in html if line[:1] in "+-"] == [line for line in text if line[:1] in "+-"]
    return text if again or not html else (*text, "in the HTML:", *html)


def _said(message: object, *, whole_html: bool) -> _Said:
    """Return a message as lines that can be compared: of HTML what is read, unless all of it is wanted."""
    from columba_consumers.email_message import EmailMessage
    from columba_consumers.rendering.html.plain import plain

    if message is None:
        return _Said(lines=("(nothing to say)",))
    if not isinstance(message, EmailMessage):
        return _Said(lines=tuple(msgspec.json.format(msgspec.json.encode(message), indent=2).decode().splitlines()))
    html = message.html if message.html is None or whole_html else plain(message.html)
    return _Said(
        lines=(f"Subject: {message.subject}", "", *(message.text or "").splitlines()),
        html=tuple((html or "").splitlines()),
    )


def _masks(event: "Event", recipient: "Recipient") -> dict[str, str]:
    """Return what stands for each value of a delivery, so that messages can be alike that differ by those alone."""
    facts = {**event.context, **recipient.context, "recipient": msgspec.to_builtins(recipient)}
    return {value: name for name, value in _leaves(facts, "") if len(value) >= _SHORTEST}


def _leaves(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each, f"{name}[]")
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)


def _masked(line: str, masks: Mapping[str, str]) -> str:
    if not masks:
        return line
    values = sorted(masks, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, values)), lambda found: f"\0{masks[found[0]]}\0", line)


def summary(rewording: Rewording) -> dict[str, Any]:
    """Return what was found as one value."""
    return {
        **{change.value: rewording.count(change) for change in Change},
        "found": [each for each in rewording.found if each.change is not Change.SAME],
    }
