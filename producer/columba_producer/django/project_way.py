"""Out of a Django project: with what its transaction commits, or at once where there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from columba_producer.creation import EncodedEvent
from columba_producer.django.outbox import ProjectOutbox
from columba_producer.through_broker import ThroughBroker
from columba_producer.through_outbox import ThroughOutbox
from columba_producer.way import Dispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectWay:
    """Without a broker everything goes by the outbox; with ``on_commit`` the broker gets events once they are true."""

    outbox: ProjectOutbox
    broker: ThroughBroker | None
    on_commit: bool = False

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        """Take the events in order."""
        if self.broker is None:
            return self._by_outbox(events)
        if not self.outbox.is_in_transaction:
            return self.broker.dispatch(events)
        if not self.on_commit:
            return self._by_outbox(events)
        waiting = tuple(events)
        transaction.on_commit(partial(_publish, self.broker, waiting), using=self.outbox.alias)
        return Dispatch(taken=len(waiting))

    def close(self) -> None:
        """Close the connections that are ours."""
        if self.broker is not None:
            self.broker.close()

    def _by_outbox(self, events: Iterable[EncodedEvent]) -> Dispatch:
        return ThroughOutbox(spool=self.outbox).dispatch(events)


def _publish(broker: ThroughBroker, events: tuple[EncodedEvent, ...]) -> None:
    """Publish what was committed; what the broker does not take reaches whoever has committed."""
    dispatch = broker.dispatch(events)
    problem = dispatch.failures[0].error if dispatch.failures else dispatch.stopped
    if problem is not None:
        raise problem
