"""Caps: how many of what kind one address may get in a span of time; what is over that is not sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from columba_shared.log.entries import Claim
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.tables import delivery, line
from columba_shared.state import State

_LINE: Final = "caps"
_REACHED: Final = (State.SENDING, State.SENT, State.IN_DOUBT)
"""What somebody has, or may have."""


@dataclass(frozen=True, slots=True)
class _Had:
    """Something that an address got, and when."""

    kind: str
    at: datetime


def over(connection: Connection, claims: Sequence[Claim]) -> dict[UUID, str]:
    """Return why some of these claims would be more than their addresses may get.

    Whoever asks stands in a line with all others that ask, until this transaction ends: two at once cannot both take
    the last one.
    """
    asked = [each for each in claims if each.caps and each.state is State.SENDING]
    if not asked:
        return {}
    _stand_in_line(connection)
    had = _had(connection, asked)
    found: dict[UUID, str] = {}
    for claim in asked:
        mine = had[claim.delivery.event.target, claim.delivery.address]
        reason = _reason(claim, mine)
        if reason is None:
            mine.append(_Had(claim.delivery.event.kind, claim.at))
        else:
            found[claim.delivery.id] = reason
    return found


def _reason(claim: Claim, had: Iterable[_Had]) -> str | None:
    for cap in claim.caps:
        number = sum(cap.counts(each.kind) and each.at > claim.at - cap.period for each in had)
        if number >= cap.number:
            return f"capped: {cap} at most, and {number} went to this address in that time"
    return None


def _had(connection: Connection, asked: Sequence[Claim]) -> defaultdict[tuple[str, str], list[_Had]]:
    """Return what their addresses had of late, other than these."""
    since = min(each.at - max(cap.period for cap in each.caps) for each in asked)
    columns = (delivery.c.id, delivery.c.target, delivery.c.address, delivery.c.kind, delivery.c.updated_at)
    query = select(*columns).where(
        delivery.c.address.in_(sorted({each.delivery.address for each in asked})),
        delivery.c.state.in_([state.value for state in _REACHED]),
        delivery.c.updated_at > since,
    )
    own = {each.delivery.id for each in asked}
    had: defaultdict[tuple[str, str], list[_Had]] = defaultdict(list)
    for row in connection.execute(query):
        if row.id not in own:
            had[row.target, row.address].append(_Had(row.kind, row.updated_at))
    return had


def _stand_in_line(connection: Connection) -> None:
    mine = select(line.c.name).where(line.c.name == _LINE).with_for_update()
    if connection.execute(mine).one_or_none() is None:
        connection.execute(insert_or_ignore(connection.dialect.name, line), [{"name": _LINE}])
        connection.execute(mine)
