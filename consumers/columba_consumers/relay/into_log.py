"""Out of the outbox into the log, when both are in one database: the broker need not be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.errors import Malformed
from columba_shared.log import intake, keys
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.intake import OutboxRow
from columba_shared.log.keys import Filing
from columba_shared.log.writer import writer_for
from columba_shared.telemetry import emit
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from columba_consumers.journal.patience import passes
from columba_consumers.ledger.recording import delivery_entries, event_entry
from columba_consumers.relay.mover import Moved

_ONE: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class IntoLog:
    """Records events and deletes their rows in one transaction: there is no moment at which an event is in neither.

    On SQLite everybody else's commits wait meanwhile, so that it moves little at once; looking costs next to nothing.
    """

    engine: Engine
    batch: int = 250
    shortest_rest_seconds: float = 0.05
    longest_rest_seconds: float = 0.25
    now: Clock = utc_now

    def move(self, ids: Sequence[int]) -> Moved:
        """Record these rows; when the database refuses them, each alone, so that the offender is set aside."""
        try:
            with self.engine.begin() as connection:
                return self._record(connection, intake.take(connection, ids))
        except SQLAlchemyError as error:
            if passes(error):
                raise
            if len(ids) == _ONE:
                return self._set_aside(ids[0], error)
        moved = [self.move([key]) for key in ids]
        return Moved(events=sum(each.events for each in moved), set_aside=sum(each.set_aside for each in moved))

    def _record(self, connection: Connection, rows: Sequence[OutboxRow]) -> Moved:
        now = self.now()
        events: list[EventEntry] = []
        deliveries: list[DeliveryEntry] = []
        filings: list[Filing] = []
        problems: dict[int, str] = {}
        for row in rows:
            try:
                event = wire.decode(row.body)
            except Malformed as error:
                problems[row.id] = str(error)
                continue
            entry, first = event_entry(event, row.body, now=now), delivery_entries(event, now=now, handed_on=False)
            if event.key is not None:
                filings.append(Filing(event=entry, deliveries=tuple(first), at=now))
            else:
                events.append(entry)
                deliveries.extend(first)
        writer = writer_for(self.engine)
        writer.record(connection, events, deliveries)
        keys.file(connection, writer, filings)
        intake.remove(connection, [row.id for row in rows if row.id not in problems])
        intake.set_aside(connection, problems.items())
        for key, problem in problems.items():
            emit("relay.set_aside", row=key, problem=problem)
        return Moved(events=len(events) + len(filings), set_aside=len(problems))

    def _set_aside(self, key: int, error: SQLAlchemyError) -> Moved:
        problem = f"the log refuses it: {getattr(error, 'orig', None) or error}"
        emit("relay.set_aside", row=key, problem=problem)
        with self.engine.begin() as connection:
            intake.set_aside(connection, [(key, problem)])
        return Moved(set_aside=1)
