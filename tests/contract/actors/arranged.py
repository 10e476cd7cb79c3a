"""Bringing a log into the state that a test is about, through the writes that the product uses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from columba_shared import identity, wire
from columba_shared.clock import utc_now
from columba_shared.event import Event, Lane, Recipient
from columba_shared.log.entries import Claim, DeliveryEntry, EventEntry, Lease
from columba_shared.log.tables import attempt, delivery, moved, outbox, process
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine, Row, func, insert, select, update


def event_to(*addresses: str, target: str = "email", lane: Lane = Lane.NORMAL, due_at: datetime | None = None) -> Event:
    """Return an event of its own for these addresses."""
    return Event(
        id=identity.event_id(),
        kind="invoice.ready",
        target=target,
        lane=lane,
        to=tuple(Recipient(address=address) for address in addresses),
        created_at=utc_now(),
        due_at=due_at,
    )


def audience_event(name: str) -> Event:
    """Return an event of its own for an audience."""
    return Event(id=identity.event_id(), kind="letter.out", target="email", audience=name, created_at=utc_now())


def put_into_outbox(engine: Engine, events: Iterable[Event]) -> None:
    """Write events as apps do."""
    put_bodies_into_outbox(engine, [(event.id, wire.encode(event)) for event in events])


def put_bodies_into_outbox(engine: Engine, bodies: Iterable[tuple[UUID, bytes]]) -> None:
    """Write whatever bytes."""
    values = [{"event_id": key, "body": body, "written_at": utc_now()} for key, body in bodies]
    with engine.begin() as connection:
        connection.execute(insert(outbox), values)


def delivery_entry(event: Event, *, address: str | None = None, handed_on: bool = False) -> DeliveryEntry:
    """Return the entry of an event's delivery."""
    address = address or event.to[0].address
    return DeliveryEntry(
        id=identity.delivery_id(event.id, event.target, address),
        event=event,
        address=address,
        recipient=None,
        due_at=event.due_at or event.created_at,
        created_at=event.created_at,
        handed_on=handed_on,
    )


def event_entry(event: Event) -> EventEntry:
    """Return the entry of an event."""
    return EventEntry(event=event, body=wire.encode(event), recorded_at=event.created_at)


def record(engine: Engine, events: Sequence[Event], *, handed_on: bool = False) -> list[UUID]:
    """Record events for one recipient each; return their deliveries' ids."""
    deliveries = [delivery_entry(event, handed_on=handed_on) for event in events]
    with engine.begin() as connection:
        writer_for(engine).record(connection, [event_entry(event) for event in events], deliveries)
    return [each.id for each in deliveries]


@dataclass
class Sender:
    """A process that has claimed deliveries, and shows no sign of going on."""

    engine: Engine
    id: UUID = field(default_factory=uuid4)
    tokens: int = 0

    def register(self, *, ended: bool = False) -> "Sender":
        """Enter it among the processes."""
        now = utc_now()
        row = {"id": self.id, "role": "email", "host": "here", "pid": 1, "beat": 0, "started_at": now, "beat_at": now}
        with self.engine.begin() as connection:
            connection.execute(insert(process), row | {"ended_at": now if ended else None})
        return self

    def claim(self, event: Event, *, address: str | None = None, attempts: int = 0) -> Claim:
        """Take the event's delivery and be sending it."""
        self.tokens += 1
        claim = Claim(
            event=event_entry(event),
            delivery=delivery_entry(event, address=address),
            claim=0,
            revision=0,
            lease=Lease(process_id=self.id, token=self.tokens),
            state=State.SENDING,
            at=utc_now(),
            attempts=attempts,
        )
        with self.engine.begin() as connection:
            assert writer_for(self.engine).claim(connection, [claim]) == {}
        return claim


def change(engine: Engine, delivery_id: UUID, **values: Any) -> None:  # noqa: ANN401 - a column's value
    """Set columns of a delivery, as time and accidents would."""
    with engine.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.id == delivery_id).values(values))


def deliveries(engine: Engine) -> list[Row[Any]]:
    """Return every delivery's row, by address."""
    with engine.connect() as connection:
        return list(connection.execute(select(delivery).order_by(delivery.c.address)))


def delivery_of(engine: Engine, delivery_id: UUID) -> Row[Any]:
    """Return a delivery's row, which must be there."""
    with engine.connect() as connection:
        return connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one()


def attempts(engine: Engine) -> list[Row[Any]]:
    """Return every attempt's row."""
    with engine.connect() as connection:
        return list(connection.execute(select(attempt)))


def outbox_rows(engine: Engine) -> list[Row[Any]]:
    """Return what is in the outbox, oldest first."""
    with engine.connect() as connection:
        return list(connection.execute(select(outbox).order_by(outbox.c.id)))


def moved_rows(engine: Engine) -> list[Row[Any]]:
    """Return what was published out of the outbox and not seen since, oldest first."""
    with engine.connect() as connection:
        return list(connection.execute(select(moved).order_by(moved.c.id)))


def change_moved(engine: Engine, **values: Any) -> None:  # noqa: ANN401 - a column's value
    """Set columns of all that was moved."""
    with engine.begin() as connection:
        connection.execute(update(moved).values(values))


def states(engine: Engine) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    query = select(delivery.c.state, func.count()).group_by(delivery.c.state)
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}
