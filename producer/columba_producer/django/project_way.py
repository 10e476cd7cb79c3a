"""Out of a Django project: with what its transaction commits, or at once where there is none."""

from collections.abc import Iterable
from typing import Literal

from columba_producer.creation import EncodedEvent
from columba_producer.django.after_commit import AfterCommit
from columba_producer.django.outbox import ProjectOutbox
from columba_producer.django.under_test import is_under_test
from columba_producer.in_order import InOrder
from columba_producer.through_broker import ThroughBroker
from columba_producer.through_outbox import ThroughOutbox
from columba_producer.way import Dispatch, Way

InTransaction = Literal["outbox", "on_commit"]


class ProjectWay:
    """Without a broker everything goes by the outbox, and so it does while Django runs the project's tests.

    With ``on_commit`` the broker gets events once they are true. A transaction of which Django tells nobody when it is
    committed (``AUTOCOMMIT`` is off) has the outbox in any case.
    """

    def __init__(
        self, *, outbox: ProjectOutbox, broker: ThroughBroker | None, in_transaction: InTransaction = "outbox"
    ) -> None:
        """Prepare. Whether anything waits in the outbox is asked only where anything is ever written to it."""
        self._outbox = outbox
        self._by_outbox = ThroughOutbox(spool=outbox)
        self._on_commit = in_transaction == "on_commit"
        self._broker: Way | None = None
        if broker is not None:
            is_used = broker.spool is not None or not self._on_commit
            self._broker = InOrder(broker=broker, outbox=outbox) if is_used else broker
            fallback = None if broker.spool is None else self._by_outbox
            self._after_commit = AfterCommit(self._broker, fallback=fallback)

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        """Take the events in order."""
        if self._broker is None or is_under_test():
            return self._by_outbox.dispatch(events)
        if not self._outbox.is_in_transaction:
            return self._broker.dispatch(events)
        if self._on_commit and self._outbox.is_in_atomic:
            return self._after_commit.promise(events, alias=self._outbox.alias)
        return self._by_outbox.dispatch(events)

    def close(self) -> None:
        """Close the connections that are ours."""
        if self._broker is not None:
            self._broker.close()
