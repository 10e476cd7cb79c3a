"""Out of the outbox into the log, when there is no broker to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.errors import Malformed
from columba_shared.log import hastening, intake, keys
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.gathering import Gathering, gather, steps
from columba_shared.log.intake import OutboxRow
from columba_shared.log.keys import Filing
from columba_shared.log.writer import writer_for
from columba_shared.telemetry import emit
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from columba_consumers.journal.patience import passes
from columba_consumers.ledger.gathered import gatherings
from columba_consumers.ledger.recording import delivery_entries, event_entry
from columba_consumers.relay.mover import Moved

MOST_NAMED: Final = 5_000
"""Once so many recipients are named, the rest is left to the next transaction: claims wait for this one, and databases
take so many values at once and no more."""
_ONE: Final = 1

Chained = Sequence[DeliveryEntry]
"""The deliveries of an event that is one of a chain's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntoLog:
    """Records events and deletes their rows in one transaction: there is no moment at which an event is in neither.

    Rows of an ``outbox`` in another database are deleted once the log has committed: a crash between records them
    twice, under the same ids, of which the log keeps one. On SQLite everybody else's commits wait meanwhile, so that
    it moves little at once; looking costs next to nothing.
    """

    engine: Engine
    outbox: Engine | None = None
    """Where it is another database than the log."""
    zone: tzinfo = UTC
    batch: int = 250
    shortest_rest_seconds: float = 0.05
    longest_rest_seconds: float = 0.25
    now: Clock = utc_now

    def move(self, ids: Sequence[int]) -> Moved:
        """Record these rows; when the database refuses them, each alone, so that the offender is set aside."""
        moved: list[Moved] = []
        while ids:
            try:
                recorded = self._moved(ids)
            except SQLAlchemyError as error:
                if passes(error):
                    raise
                if len(ids) == _ONE:
                    return _sum([*moved, self._set_aside(ids[0], error)])
                return _sum([*moved, *(self.move([key]) for key in ids)])
            moved.append(Moved(events=len(recorded.done), set_aside=len(recorded.problems)))
            ids = list(recorded.left)
            self._catch_up(recorded.chained)
        return _sum(moved)

    def _moved(self, ids: Sequence[int]) -> "_Recorded":
        """Move the first of these; rows that are locked elsewhere are another relay's."""
        if self.outbox is None:
            with self.engine.begin() as connection:
                recorded = self._record(connection, intake.take(connection, ids))
                _finish(connection, recorded)
            return recorded
        if self.outbox.dialect.name != "sqlite":
            with self.outbox.begin() as there:
                recorded = self._recorded(intake.take(there, ids))
                _finish(there, recorded)
            return recorded
        with reading(self.outbox) as there:  # where a lock would keep the app's writers waiting
            rows = intake.take(there, ids)
        recorded = self._recorded(rows)
        with self.outbox.begin() as there:
            _finish(there, recorded)
        return recorded

    def _recorded(self, rows: Sequence[OutboxRow]) -> "_Recorded":
        with self.engine.begin() as connection:
            return self._record(connection, rows)

    def _catch_up(self, chained: Sequence[Chained]) -> None:
        """Let fallbacks have their turn that were published behind what is over already; the log needs no copies.

        A crash before this leaves them to their own time.
        """
        for each in chained:
            for _ in hastening.catch_up(self.engine, each, now=self.now()):
                pass

    def _record(self, connection: Connection, rows: Sequence[OutboxRow]) -> "_Recorded":
        """Record the first of these, as many as go together, but at least one."""
        now, named = self.now(), 0
        events: list[EventEntry] = []
        deliveries: list[DeliveryEntry] = []
        keyed: list[Filing | Gathering] = []
        chained: list[Chained] = []
        problems: dict[int, str] = {}
        left: list[int] = []
        for place, row in enumerate(rows):
            if named >= MOST_NAMED:
                left = [each.id for each in rows[place:]]
                break
            try:
                event = wire.decode(row.body)
            except Malformed as error:
                problems[row.id] = str(error)
                continue
            named += len(event.to)
            if event.digest is not None:
                keyed.extend(gatherings(event, row.body, zone=self.zone, now=now, woken=False))
                continue
            entry = event_entry(event, row.body, now=now)
            first = tuple(delivery_entries(event, now=now, handed_on=False))
            if event.chain:
                chained.append(first)
            if event.key is not None:
                keyed.append(Filing(event=entry, deliveries=first, at=now))
            else:
                events.append(entry)
                deliveries.extend(first)
        writer = writer_for(self.engine)
        writer.record(connection, events, deliveries)
        filed = keys.file(connection, writer, [each for each in keyed if isinstance(each, Filing)])
        gather(connection, writer, list(steps(keyed, filed)))
        done = [row.id for row in rows[: len(rows) - len(left)] if row.id not in problems]
        return _Recorded(done=done, problems=problems, left=left, chained=chained)

    def _set_aside(self, key: int, error: SQLAlchemyError) -> Moved:
        problem = f"the log refuses it: {getattr(error, 'orig', None) or error}"
        emit("relay.set_aside", row=key, problem=problem)
        with (self.outbox or self.engine).begin() as connection:
            intake.set_aside(connection, [(key, problem)])
        return Moved(set_aside=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """What became of some rows; those ``left`` have not been looked at, and ``chained`` belongs to chains."""

    done: Sequence[int]
    problems: dict[int, str]
    left: Sequence[int]
    chained: Sequence[Chained]


def _finish(connection: Connection, recorded: _Recorded) -> None:
    """Let the outbox forget what the log has, and keep out of the way what nobody can read."""
    intake.remove(connection, recorded.done)
    intake.set_aside(connection, recorded.problems.items())
    for key, problem in recorded.problems.items():
        emit("relay.set_aside", row=key, problem=problem)


def _sum(moved: Sequence[Moved]) -> Moved:
    return Moved(events=sum(each.events for each in moved), set_aside=sum(each.set_aside for each in moved))
