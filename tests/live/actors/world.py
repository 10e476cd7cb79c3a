"""A log, a broker and reconcilers, with their clocks moved by hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import InDoubtPolicy, Policy
from columba_consumers.reconciler import Pace, Reconciler, Scope, ThroughPublisher
from columba_shared.clock import utc_now
from columba_shared.event import Event
from columba_shared.publishing import Publisher
from columba_shared.publishing.connection import Access
from sqlalchemy import Engine

from tests.contract.actors.arranged import change, event_to, record

GRACE, LEASE = timedelta(seconds=60), timedelta(seconds=16)
AGO = timedelta(minutes=5)


@dataclass
class Time:
    """The reconciler's clocks, moved by hand."""

    passed: float = 0.0

    def now(self) -> datetime:
        """Return the wall clock's time."""
        return utc_now() + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        """Return the monotonic clock's time."""
        return self.passed


@dataclass
class World:
    """A log, a broker, and as many reconcilers as a test wants."""

    log: Engine
    access: Access
    publisher: Publisher
    in_doubt: InDoubtPolicy = InDoubtPolicy.RESEND
    time: Time = field(default_factory=Time)

    def reconciler(self) -> Reconciler:
        """Return a new one."""
        policy = Policy(retry=RetryPolicy(), in_doubt=self.in_doubt)
        scope = Scope(
            engine=self.log,
            dispatch=ThroughPublisher(publisher=self.publisher),
            access=self.access,
            targets=("email",),
            policies={"email": policy},
        )
        pace = Pace(lease=LEASE, every=timedelta(seconds=5), grace=GRACE)
        return Reconciler(scope, pace, now=self.time.now, monotonic=self.time.monotonic)

    def overdue(self, count: int, *, handed_on: bool) -> list[Event]:
        """Record events that should have been delivered a while ago."""
        events = [event_to(f"{number:04}@example.org", due_at=utc_now() - AGO) for number in range(count)]
        self.age(record(self.log, events, handed_on=handed_on))
        return events

    def age(self, keys: list[UUID]) -> None:
        """Let deliveries have been left alone for a while."""
        for key in keys:
            change(self.log, key, updated_at=utc_now() - AGO)
