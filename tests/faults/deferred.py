"""Deferred events in great number: published before the first is due, and judged by what the log and the mails say."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from columba_producer import EventRequest
from columba_shared.log.tables import attempt, delivery, event
from columba_shared.settings.table import SETTINGS
from sqlalchemy import select

from tests.services.smtp_record import accepted
from tests.system.system import TORTURE, System

_EAGER: Final = ("COLUMBA_LEASE", "COLUMBA_RECONCILE_EVERY", "COLUMBA_RECONCILE_GRACE")
AS_SHIPPED: Final = {setting.name: setting.default for setting in SETTINGS if setting.name in _EAGER}
"""What other tests shorten so that the reconciler comes soon; here it must not be what keeps the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many events, due over how many seconds; the head start is the time that publishing them may take."""

    events: int
    over_seconds: int
    head_start: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How late deliveries began, in seconds, the best first."""

    seconds: Sequence[float]

    def percentile(self, percent: float) -> float:
        """Return what so many per cent of them did not exceed."""
        return self.seconds[min(len(self.seconds) - 1, int(len(self.seconds) * percent / 100))]

    def __str__(self) -> str:
        p50, p99 = self.percentile(50), self.percentile(99)
        return f"{len(self.seconds):,} deferred: p50 {p50:.3f} s, p99 {p99:.3f} s, latest {self.seconds[-1]:.3f} s"


def begin(system: System) -> None:
    """Start what deferred events need to reach their people, with the reconciler no more eager than it comes."""
    system.settings |= AS_SHIPPED
    for command in (("ledger",), ("reconcile",), ("work", "email")):
        system.start(*command)


def publish(system: System, load: Load) -> list[str]:
    """Publish events due at random moments of the time to come; return their addresses."""
    first = datetime.now(UTC) + load.head_start
    chance = random.Random(3)  # noqa: S311 - the same moments each time
    requests = [
        EventRequest(
            kind="invoice.ready",
            to=f"d{number:06}@example.org",
            context={"number": number},
            at=first + timedelta(seconds=chance.uniform(0, load.over_seconds)),
        )
        for number in range(load.events)
    ]
    with system.producer() as producer:
        producer.enqueue_many(requests)
    assert datetime.now(UTC) < first or not TORTURE, "publishing took longer than its head start"
    return [str(each.to) for each in requests]


def lateness(system: System, *, due_after: datetime | None = None) -> Lateness:
    """Return how late the attempts began, of those due after a moment."""
    query = (
        select(event.c.due_at, attempt.c.started_at)
        .join(delivery, delivery.c.event_id == event.c.id)
        .join(attempt, attempt.c.delivery_id == delivery.c.id)
        .where(attempt.c.outcome == "sent")
    )
    rows = [row for row in system.rows(query) if due_after is None or row.due_at > due_after]
    return Lateness(seconds=sorted((row.started_at - row.due_at).total_seconds() for row in rows))


def everybody_got_one(system: System, addresses: Sequence[str]) -> None:
    """Wait until the log says that all is sent, and prove it by the mails: one for each, and no other."""
    system.await_states({"sent": len(addresses)})
    copies = Counter(mail.rcpt_to[0] for mail in accepted(system.smtp.entries()))
    assert copies == Counter(addresses)
