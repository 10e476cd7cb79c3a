"""Caps: how many of what kind one address may get in a span of time; what is over that is not sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true

from columba_shared.address import folded
from columba_shared.log import rows
from columba_shared.log.caps import EVERY_KIND, Cap
from columba_shared.log.entries import Claim
from columba_shared.log.kinds import below
from columba_shared.log.line import stand_in_line
from columba_shared.log.tables import delivery
from columba_shared.state import State

_LINE: Final = "caps"
_REACHED: Final = (State.SENDING, State.SENT, State.IN_DOUBT)
"""What somebody has, or may have."""


@dataclass(frozen=True, slots=True)
class Had:
    """Something that an address got, and when."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Excess:
    """What becomes of a delivery that would be too much, and why."""

    state: State
    reason: str


def over(connection: Connection, claims: Sequence[Claim]) -> dict[UUID, Excess]:
    """Return what becomes of those of these claims that would be more than their addresses, or a sink, may get.

    Whoever asks stands in a line with all others that ask, until this transaction ends: two at once cannot both take
    the last one. What is not to be had counts for what it is by now, and is not judged.
    """
    asked = [each for each in claims if each.caps and each.state is State.SENDING]
    if asked:
        stand_in_line(connection, _LINE)
        asked = _to_be_had(connection, asked)
    if not asked:
        return {}
    had = _had(connection, asked)
    found: dict[UUID, Excess] = {}
    for claim in asked:
        target, address = claim.delivery.event.target, folded(claim.delivery.address)
        excess = _excess(claim, had[target, address], had[target, _SINK])
        if excess is None:
            for place in (address, _SINK):
                had[target, place].append(Had(claim.delivery.event.kind, claim.at))
        else:
            found[claim.delivery.id] = excess
    return found


def _to_be_had(connection: Connection, asked: Sequence[Claim]) -> list[Claim]:
    """Return those that nobody has, and nobody has ended: a copy that loses its claim takes nobody's room."""
    ids = sorted(each.delivery.id for each in asked)
    known = {row.id: row for row in connection.execute(select(*rows.STANDING).where(delivery.c.id.in_(ids)))}
    return [each for each in asked if (row := known.get(each.delivery.id)) is None or rows.takes(each, row)]


def _excess(claim: Claim, had: Iterable[Had], sunk: Iterable[Had]) -> Excess | None:
    for cap in claim.caps:
        there = sunk if cap.sink else had
        number = sum(cap.counts(each.kind) and each.at > claim.at - cap.period for each in there)
        if number < cap.number:
            continue
        if cap.sink:
            return Excess(State.SKIPPED, f"capped: the sink takes {cap.rate}, and had them")
        reason = f"capped: {cap} at most, and {number} went to this address in that time"
        return Excess(State.SUPPRESSED, reason)
    return None


def _had(connection: Connection, asked: Sequence[Claim]) -> defaultdict[tuple[str, str], list[Had]]:
    """Return what their addresses had of late, and under no address what a sink had, other than these."""
    own, now = {each.delivery.id for each in asked}, min(each.at for each in asked)
    caps = {(each.delivery.event.target, cap) for each in asked for cap in each.caps}
    had: defaultdict[tuple[str, str], list[Had]] = defaultdict(list)
    if counted := [_counts(cap, target, now) for target, cap in caps if not cap.sink]:
        here = delivery.c.address.in_(sorted(_spellings(each.delivery.address for each in asked)))
        for row in connection.execute(_REACHED_BY.where(here, or_(*counted))):
            if row.id not in own:
                had[row.target, folded(row.address)].append(Had(row.kind, row.updated_at))
    for target, cap in caps:
        if cap.sink:
            latest = _REACHED_BY.where(_counts(cap, target, now)).order_by(delivery.c.updated_at.desc())
            found = connection.execute(latest.limit(cap.number + len(own)))
            had[target, _SINK] += [Had(row.kind, row.updated_at) for row in found if row.id not in own]
    return had


def _counts(cap: Cap, target: str, now: datetime) -> ColumnElement[bool]:
    """Say in SQL what a cap counts on a target: of what an address had in a year, most is of no interest to it."""
    kinds = true() if cap.pattern == EVERY_KIND else below(delivery.c.kind, cap.pattern)
    return and_(delivery.c.target == target, delivery.c.updated_at > now - cap.period, kinds)


def _spellings(addresses: Iterable[str]) -> set[str]:
    """Return by which an address is looked up: as it is written now, and in its one spelling."""
    return {spelling for each in addresses for spelling in (each, folded(each))}


_SINK: Final = ""
"""What stands for the address of a sink, which is none that anybody has."""
_REACHED_BY: Final = select(
    delivery.c.id, delivery.c.target, delivery.c.address, delivery.c.kind, delivery.c.updated_at
).where(delivery.c.state.in_([state.value for state in _REACHED]))
