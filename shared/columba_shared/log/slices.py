"""Slices of a group: its members are recorded only while somebody holds the group's claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, Engine, func, not_, or_, select, update

from columba_shared.event import GROUP_PREFIXES
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry, EventEntry, Lease
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State


class Under(StrEnum):
    """Under what a slice was to be recorded; it is under the group's claim alone."""

    CLAIM = "claim"
    OLDER_TEXT = "older text"
    """The claim is held, but the event has been amended since: those who are still missing are to be told the new."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some members of a group, recorded in the transaction that makes sure of the group's claim."""

    group: UUID
    lease: Lease
    revision: int
    event: EventEntry
    deliveries: Sequence[DeliveryEntry]


def record(connection: Connection, writer: Writer, each: Slice) -> Under:
    """Record the members that are missing, if that is still under the group's claim.

    Whatever gets on is no crasher: the group's crashes count from its last new member.
    """
    writer.record(connection, [each.event], [])  # events before deliveries, as everywhere
    held = select(delivery.c.crashes, delivery.c.revision).where(
        delivery.c.id == each.group,
        delivery.c.process_id == each.lease.process_id,
        delivery.c.token == each.lease.token,
        delivery.c.state == State.SENDING,
    )
    group = connection.execute(held.with_for_update()).one_or_none()
    if group is None:
        return Under.NOTHING
    if group.revision != each.revision:
        return Under.OLDER_TEXT
    new = {entry.id for entry in each.deliveries}
    if group.crashes:
        new -= set(connection.scalars(select(delivery.c.id).where(delivery.c.id.in_(sorted(new)))))
    writer.record(connection, [], each.deliveries)
    if group.crashes and new:
        connection.execute(update(delivery).where(delivery.c.id == each.group).values(crashes=0))
    return Under.CLAIM


def count(engine: Engine, event_id: UUID, target: str) -> int:
    """Return how many deliveries to single addresses an event has on a target."""
    groups = or_(*(delivery.c.address.startswith(prefix, autoescape=True) for prefix in GROUP_PREFIXES))
    query = select(func.count()).where(delivery.c.event_id == event_id, delivery.c.target == target, not_(groups))
    with reading(engine) as connection:
        return connection.scalar(query) or 0
