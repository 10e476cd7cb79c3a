"""Out of the outbox to the broker, exactly as the producer would have published."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.errors import Malformed
from columba_shared.log import intake, moved
from columba_shared.log.engine import reading
from columba_shared.log.intake import OutboxRow
from columba_shared.publishing import Message, Publisher, PublishError, Unroutable, departure
from columba_shared.telemetry import emit
from sqlalchemy import Connection, Engine

from columba_consumers.relay.mover import Moved

LONGEST_SECONDS: Final = 10.0
"""So long rows are locked while a slow broker takes them: the database ends transactions in which nothing is said for
half a minute, and whoever tries the same ones again each time gets nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToBroker:
    """Publishes first, then deletes what is confirmed: a crash between publishes twice, under the same ids.

    Where the outbox is in the log's database, ``keeping`` keeps what was published until the log has seen it: should
    the broker lose it meanwhile, the reconciler publishes it again.
    """

    engine: Engine
    publisher: Publisher
    targets: frozenset[str]
    keeping: bool = False
    batch: int = 1000
    shortest_rest_seconds: float = 0.2
    longest_rest_seconds: float = 1.0
    now: Clock = utc_now
    monotonic: Callable[[], float] = time.monotonic

    def move(self, ids: Sequence[int]) -> Moved:
        """Publish these rows while they are locked, so that no other relay publishes them too.

        SQLite locks no rows but all of the app's writers; there, nothing is locked while the broker takes its time.
        """
        if self.engine.dialect.name != "sqlite":
            with self.engine.begin() as connection:
                return self._finish(connection, self._publish(intake.take(connection, ids)))
        with reading(self.engine) as connection:
            rows = intake.take(connection, ids)
        published = self._publish(rows)
        with self.engine.begin() as connection:
            return self._finish(connection, published)

    def _publish(self, rows: Sequence[OutboxRow]) -> "_Published":
        problems: dict[int, str] = {}
        ready: list[tuple[int, Message]] = []
        for row in rows:
            try:
                ready.append((row.id, self._message(row)))
            except Malformed as error:
                problems[row.id] = str(error)
        report = self.publisher.publish_many(self._in_time(message for _, message in ready), in_order=True)
        failed = {ready[failure.index][0]: failure.error for failure in report.failures}
        problems |= {key: str(error) for key, error in failed.items() if isinstance(error, Unroutable)}
        left = [error for key, error in failed.items() if key not in problems]
        if left:
            emit("relay.left", events=len(left), error=left[0])
        confirmed = {key: message for key, message in ready[: report.taken] if key not in failed}
        stopped = report.stopped
        if stopped is None and report.taken < len(ready):
            taken = f"{report.taken} of {len(ready)} events"
            stopped = PublishError(f"the broker took {taken} within {LONGEST_SECONDS:g} s")
        return _Published(confirmed=confirmed, problems=problems, stopped=stopped)

    def _in_time(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Yield them for as long as the rows may stay locked: the others wait for their turn, in their order."""
        until = self.monotonic() + LONGEST_SECONDS
        for message in messages:
            yield message
            if self.monotonic() >= until:
                return

    def _message(self, row: OutboxRow) -> Message:
        event = wire.decode(row.body)
        if event.target not in self.targets:
            raise Malformed(f"no target {event.target!r}: is it named in COLUMBA_TARGETS here?")
        return departure(event, row.body, now=self.now())

    def _finish(self, connection: Connection, published: "_Published") -> Moved:
        intake.remove(connection, published.confirmed)
        if self.keeping:
            moved.keep(connection, map(_kept, published.confirmed.values()), now=self.now())
        intake.set_aside(connection, published.problems.items())
        for key, problem in published.problems.items():
            emit("relay.set_aside", row=key, problem=problem)
        return Moved(
            events=len(published.confirmed),
            set_aside=len(published.problems),
            stopped=published.stopped,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    confirmed: dict[int, Message]
    problems: dict[int, str]
    stopped: PublishError | None


def _kept(message: Message) -> moved.Moved:
    return moved.Moved(event_id=message.message_id, target=message.key.partition(".")[0], body=message.body)
