"""Two ways out that lead to the same consumers: what is about a key never overtakes what waits on the slower one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from columba_shared.errors import ColumbaError

from columba_producer.creation import EncodedEvent
from columba_producer.spool import Spool
from columba_producer.through_outbox import ThroughOutbox
from columba_producer.way import Dispatch, Undelivered, Way


class KnownSpool(Spool, Protocol):
    """An outbox that can be asked whether anything waits in it."""

    def is_empty(self) -> bool:
        """Say whether all that was committed to it has been moved on or set aside; raises OutboxAway if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InOrder:
    """By the broker; but while anything waits in the outbox, what replaces or withdraws by a key waits behind it.

    Whoever published a newer one, or took it back, would else have the older one told.
    """

    broker: Way
    outbox: KnownSpool

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        """Take the events in order."""
        iterator = iter(events)
        free = _Unkeyed(iterator)
        first = self.broker.dispatch(free)
        if free.ended_at is None:
            return first
        if first.stopped is not None:  # the next one was looked at already, and goes nowhere either
            return _both(first, _lost(first.stopped))
        rest = chain((free.ended_at,), iterator)
        try:
            way = self.broker if self.outbox.is_empty() else ThroughOutbox(spool=self.outbox)
        except ColumbaError as error:
            return _both(first, _lost(error))
        return _both(first, way.dispatch(rest))

    def close(self) -> None:
        """Let go of connections."""
        self.broker.close()
        self.outbox.close()


class _Unkeyed:
    """The events before the first that is about a key, which is kept in ``ended_at``."""

    def __init__(self, events: Iterator[EncodedEvent]) -> None:
        self._events = events
        self.ended_at: EncodedEvent | None = None

    def __iter__(self) -> Iterator[EncodedEvent]:
        for each in self._events:
            if each.event.is_keyed:
                self.ended_at = each
                return
            yield each


def _lost(error: ColumbaError) -> Dispatch:
    return Dispatch(taken=1, failures=(Undelivered(index=0, error=error),), stopped=error)


def _both(first: Dispatch, second: Dispatch) -> Dispatch:
    later = tuple(Undelivered(index=first.taken + each.index, error=each.error) for each in second.failures)
    return Dispatch(
        taken=first.taken + second.taken,
        failures=(*first.failures, *later),
        stopped=second.stopped,
        away=second.away or first.away,
    )
