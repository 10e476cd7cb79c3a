"""A past for the log: deliveries in any state, written by the same statements as the consumers' own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from columba_shared import identity, wire
from columba_shared.clock import utc_now
from columba_shared.event import Event, Recipient
from columba_shared.log.entries import AttemptEntry, Claim, DeliveryEntry, EventEntry, Lease, Settlement
from columba_shared.log.tables import delivery
from columba_shared.log.tables import event as event_table
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine, select, update

SENT: Final = ("sent", State.SENT, "250 2.0.0 Ok")
GREYLISTED: Final = ("retry", State.RETRYING, "451 greylisted")
REJECTED: Final = ("reject", State.DEAD, "550 no such user")
DOUBTFUL: Final = ("in_doubt", State.IN_DOUBT, "cut after the final dot")

UNWATCHED: Final = """
from columba_consumers import before_delivery
from sqlalchemy import event as happening
from sqlalchemy.pool import Pool

out, seen = set(), set()

@happening.listens_for(Pool, "checkout")
def taken(connection, record, proxy):
    out.add(record)
    seen.add(record)

@happening.listens_for(Pool, "checkin")
def back(connection, record):
    out.discard(record)

@before_delivery()
def look(message, event, recipient):
    if out or not seen:
        raise LookupError("the log is being read while a message is made")
"""
"""An app that fails where anything is rendered in a transaction, which a database would end after a while."""

Try = tuple[str, State, str]
"""An attempt's outcome, the state that it led to, and the provider's reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Writes deliveries that had these tries, into one log."""

    engine: Engine

    def had(
        self,
        address: str,
        *tries: Try,
        kind: str = "invoice.ready",
        ago: timedelta = timedelta(hours=1),
        due_in: timedelta | None = None,
        number: object = 42,
        id_: UUID | None = None,
    ) -> UUID:
        """Record an event published that long ago, and its tries; return the delivery's id."""
        published = utc_now() - ago
        event = Event(
            id=id_ or identity.event_id(),
            kind=kind,
            target="email",
            producer="shop",
            to=(Recipient(address=address),),
            context={"number": number},
            created_at=published,
            due_at=None if due_in is None else utc_now() + due_in,
        )
        entry = EventEntry(event=event, body=wire.encode(event), recorded_at=published)
        key = identity.delivery_id(event.id, "email", address)
        row = DeliveryEntry(
            id=key,
            event=event,
            address=address,
            recipient=None,
            due_at=event.due_at or published,
            created_at=published,
        )
        writer = writer_for(self.engine)
        with self.engine.begin() as connection:
            writer.record(connection, [entry], [row])
            for number_of_try, one in enumerate(tries):
                claim = _claim(entry, row, number_of_try, published + timedelta(seconds=10 * number_of_try))
                writer.claim(connection, [claim])
                writer.settle(connection, [_settlement(claim, one)])
        return key

    def many(self, count: int, *tries: Try) -> list[UUID]:
        """Record as many deliveries, the first the oldest, to r0@example.org and so on."""
        return [
            self.had(f"r{number}@example.org", *tries, ago=timedelta(seconds=count - number)) for number in range(count)
        ]

    def begin(self, *addresses: str) -> None:
        """Claim the first try at the delivery to each address, as a consumer does that has its copy."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(delivery.c.address, event_table.c.body).join(
                    event_table, event_table.c.id == delivery.c.event_id
                )
            ).all()
        bodies = {row.address: row.body for row in rows}
        with self.engine.begin() as connection:
            writer_for(self.engine).claim(connection, [_first(bodies[address]) for address in addresses])

    def grew_old(self, ids: Sequence[UUID], *, days: int) -> None:
        """Let nothing have happened to these deliveries for that long."""
        then = utc_now() - timedelta(days=days)
        with self.engine.begin() as connection:
            connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(updated_at=then))


def _first(body: bytes) -> Claim:
    event = wire.decode(body)
    entry = EventEntry(event=event, body=body, recorded_at=utc_now())
    address = event.to[0].address
    row = DeliveryEntry(
        id=identity.delivery_id(event.id, event.target, address),
        event=event,
        address=address,
        recipient=None,
        due_at=event.created_at,
        created_at=utc_now(),
    )
    return _claim(entry, row, 0, utc_now())


def _claim(entry: EventEntry, row: DeliveryEntry, number: int, at: datetime) -> Claim:
    return Claim(
        event=entry,
        delivery=row,
        claim=number,
        revision=0,
        lease=Lease(process_id=uuid4(), token=number + 1),
        state=State.SENDING,
        at=at,
        attempts=number,
    )


def _settlement(claim: Claim, one: Try) -> Settlement:
    outcome, state, reply = one
    finished = claim.at + timedelta(seconds=1)
    return Settlement(
        delivery_id=claim.delivery.id,
        lease=claim.lease,
        state=state,
        reason=None if state is State.SENT else reply,
        due_at=utc_now() + timedelta(minutes=4) if state is State.RETRYING else finished,
        attempts=claim.attempts + 1,
        at=finished,
        attempt=AttemptEntry(
            delivery_id=claim.delivery.id,
            claim=claim.claim + 1,
            number=claim.attempts + 1,
            outcome=outcome,
            stage="deliver",
            reply=reply,
            provider_id=None,
            process_id=claim.lease.process_id,
            started_at=claim.at,
            finished_at=finished,
        ),
    )
