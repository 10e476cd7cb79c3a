"""Through the broker: confirmed publishes, and, if the app so chose, the outbox when the broker is away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from columba_shared.clock import Clock
from columba_shared.errors import ColumbaError
from columba_shared.publishing import BrokerAway, Failure, Message, Publisher, Report, Unconfirmed, departure
from columba_shared.telemetry import emit

from columba_producer.creation import EncodedEvent
from columba_producer.spool import Row, Spool
from columba_producer.way import Dispatch, Undelivered


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughBroker:
    """Publishes each event; with a spool, what the broker is not known to have is written there instead of failing."""

    publisher: Publisher
    clock: Clock
    spool: Spool | None = None

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        """Publish in order. A spooled event keeps its id: one that had arrived after all is not delivered twice."""
        messages = self._messages(events)
        # What is spooled arrives late: whatever replaces or withdraws it must not have gone by another connection.
        report = self.publisher.publish_many(messages, in_order=self.spool is not None)
        if self.spool is None:
            return _dispatch(report.taken, [_told(failure) for failure in report.failures], stopped=report.stopped)
        return _spooled(report, messages, self.spool)

    def close(self) -> None:
        """Close the idle connections, and the spool."""
        self.publisher.close()
        if self.spool is not None:
            self.spool.close()

    def _messages(self, events: Iterable[EncodedEvent]) -> Iterator[Message]:
        for each in events:
            yield departure(each.event, each.body, now=self.clock())


def _spooled(report: Report, rest: Iterator[Message], spool: Spool) -> Dispatch:
    """Write what failed for want of a broker to the spool, and the rest too if publishing stopped for that."""
    away = [failure for failure in report.failures if _is_away(failure.error)]
    kept = spool.write(_row(failure.message) for failure in away)
    lost = {problem.index: problem for problem in kept.failures}
    failures = [_told(failure) for failure in report.failures if not _is_away(failure.error)]
    failures += [_told(failure) for place, failure in enumerate(away) if place >= kept.taken or place in lost]
    told: ColumbaError | None = away[0].error if away else None
    stopped: ColumbaError | None = kept.stopped or report.stopped
    taken, spooled = report.taken, kept.taken - len(lost)
    if stopped is not None and _is_away(stopped):
        told = told or stopped
        more = spool.write(_row(message) for message in rest)
        failures += [Undelivered(index=taken + each.index, error=each.error) for each in more.failures]
        stopped, taken, spooled = more.stopped, taken + more.taken, spooled + more.taken - len(more.failures)
    if told is not None:
        emit("publish.spooled", events=spooled, error=told)
    return _dispatch(taken, failures, stopped=stopped, away=told)


def _is_away(error: Exception | None) -> bool:
    return isinstance(error, BrokerAway | Unconfirmed)


def _row(message: Message) -> Row:
    return Row(event_id=message.message_id, body=message.body)


def _told(failure: Failure) -> Undelivered:
    return Undelivered(index=failure.index, error=failure.error)


def _dispatch(
    taken: int, failures: list[Undelivered], *, stopped: ColumbaError | None, away: ColumbaError | None = None
) -> Dispatch:
    in_order = tuple(sorted(failures, key=lambda each: each.index))
    return Dispatch(taken=taken, failures=in_order, stopped=stopped, away=away)
