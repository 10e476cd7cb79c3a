"""Listing deliveries and looking them up, on a connection from ``engine.reading``."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Table, select

from columba_shared.log.bounce import Bounce, of_deliveries
from columba_shared.log.records import (
    ATTEMPT_COLUMNS,
    DELIVERY_COLUMNS,
    EVENT_COLUMNS,
    Account,
    AttemptRecord,
    DeliveryRecord,
    EventRecord,
    attempt_record,
    delivery_record,
    event_record,
)
from columba_shared.log.selection import Position, Selection
from columba_shared.log.tables import attempt, delivery, event

PAGE: Final = 500
_ID_DIGITS: Final = 32
_HEXADECIMAL: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Ids that begin with what somebody typed."""

    events: tuple[UUID, ...]
    deliveries: tuple[UUID, ...]


def deliveries(
    connection: Connection, selection: Selection, *, limit: int, after: Position | None = None
) -> list[DeliveryRecord]:
    """Return the selected deliveries, those that something happened to last first; ``after`` goes on behind a page."""
    return [delivery_record(row) for row in connection.execute(selection.newest(limit, after))]


def named(connection: Connection, ids: Sequence[UUID]) -> list[DeliveryRecord]:
    """Return those of these deliveries that there are, in the order of their ids."""
    query = select(*DELIVERY_COLUMNS).where(delivery.c.id.in_(ids)).order_by(delivery.c.id)
    return [delivery_record(row) for row in connection.execute(query)]


def every_delivery(connection: Connection, selection: Selection, *, page: int = PAGE) -> Iterator[DeliveryRecord]:
    """Yield all selected deliveries, newest first, a page in memory at a time."""
    for found in every_page(connection, selection, page=page):
        yield from found


def every_page(connection: Connection, selection: Selection, *, page: int = PAGE) -> Iterator[list[DeliveryRecord]]:
    """Yield all selected deliveries, newest first, by the page."""
    after = None
    while found := deliveries(connection, selection, limit=page, after=after):
        yield found
        after = Position.of(found[-1])


def matching(connection: Connection, beginning: str, *, limit: int = 10) -> Matches:
    """Return the events and deliveries whose ids begin so, at most ``limit`` of each; raises ValueError for no id."""
    digits = beginning.replace("-", "").lower()
    if len(digits) > _ID_DIGITS or not _HEXADECIMAL.issuperset(digits):
        raise ValueError(f"no id begins with {beginning!r}")
    lowest, highest = UUID(digits.ljust(_ID_DIGITS, "0")), UUID(digits.ljust(_ID_DIGITS, "f"))

    def ids(table: Table) -> tuple[UUID, ...]:
        query = select(table.c.id).where(table.c.id.between(lowest, highest)).distinct()
        return tuple(connection.scalars(query.order_by(table.c.id).limit(limit)))

    return Matches(events=ids(event), deliveries=ids(delivery))


def account(connection: Connection, delivery_id: UUID) -> Account | None:
    """Return all that is known of a delivery, or None when the log does not know it."""
    query = select(*DELIVERY_COLUMNS).where(delivery.c.id == delivery_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else accounts(connection, [delivery_record(row)])[0]


def accounts(connection: Connection, found: Sequence[DeliveryRecord]) -> list[Account]:
    """Add to each delivery its event, its recipient, its attempts and what came back of it, first to last."""
    ids = [record.id for record in found]
    recipients = _recipients(connection, ids)
    attempts = _attempts(connection, ids)
    events = _events(connection, {record.event_id for record in found})
    bounces: dict[UUID, list[Bounce]] = defaultdict(list)
    for each in of_deliveries(connection, ids):
        bounces[each.delivery_id].append(each)
    return [
        Account(
            delivery=record,
            recipient=recipients.get(record.id),
            event=events.get((record.event_id, record.target)),
            attempts=tuple(attempts[record.id]),
            bounces=tuple(bounces[record.id]),
        )
        for record in found
    ]


def events(connection: Connection, event_id: UUID) -> list[EventRecord]:
    """Return the event on each of its targets, by target; empty when the log does not know it."""
    query = select(*EVENT_COLUMNS).where(event.c.id == event_id).order_by(event.c.target)
    return [event_record(row) for row in connection.execute(query)]


def _recipients(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, bytes]:
    query = select(delivery.c.id, delivery.c.recipient).where(delivery.c.id.in_(ids), delivery.c.recipient.is_not(None))
    return {row.id: row.recipient for row in connection.execute(query)}


def _attempts(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, list[AttemptRecord]]:
    query = select(*ATTEMPT_COLUMNS).where(attempt.c.delivery_id.in_(ids))
    tried: dict[UUID, list[AttemptRecord]] = defaultdict(list)
    for row in connection.execute(query.order_by(attempt.c.delivery_id, attempt.c.claim)):
        tried[row.delivery_id].append(attempt_record(row))
    return tried


def _events(connection: Connection, ids: set[UUID]) -> dict[tuple[UUID, str], EventRecord]:
    query = select(*EVENT_COLUMNS).where(event.c.id.in_(sorted(ids)))
    return {(row.id, row.target): event_record(row) for row in connection.execute(query)}
