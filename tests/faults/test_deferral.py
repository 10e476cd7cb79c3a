"""Deferred events by the hundred thousand: none early, hardly one a second late, all once, whatever the broker does."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from columba_producer import EventRequest
from columba_shared.log.tables import attempt, delivery, event
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.services.rabbitmq import RabbitMQ
from tests.services.smtp_record import accepted
from tests.system.system import TORTURE, System, scaled, until

EVENTS = scaled(1_500, 100_000)
OVER_SECONDS = scaled(8, 300)
HEAD_START = timedelta(seconds=scaled(4, 90))
"""How long publishing may take: everything is published before the first is due."""


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


def publish(system: System) -> list[str]:
    """Publish events due at random moments of the time to come; return their addresses."""
    first = datetime.now(UTC) + HEAD_START
    chance = random.Random(3)  # noqa: S311 - the same moments each time
    requests = [
        EventRequest(
            kind="invoice.ready",
            to=f"d{number:06}@example.org",
            context={"number": number},
            at=first + timedelta(seconds=chance.uniform(0, OVER_SECONDS)),
        )
        for number in range(EVENTS)
    ]
    with system.producer() as producer:
        producer.enqueue_many(requests)
    assert datetime.now(UTC) < first, "publishing took longer than its head start"
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
    system.await_states({"sent": len(addresses)})
    copies = Counter(mail.rcpt_to[0] for mail in accepted(system.smtp.entries()))
    assert copies == Counter(addresses)


def begin(system: System) -> None:
    for command in (("ledger",), ("reconcile",), ("work", "email")):
        system.start(*command)


def test_deferred_events_are_delivered_on_time_and_once(system: System, tell: Tell) -> None:
    begin(system)
    addresses = publish(system)
    everybody_got_one(system, addresses)
    late = lateness(system)
    tell(str(late))
    assert late.seconds[0] >= 0
    assert late.percentile(99) <= (1.0 if TORTURE else 10.0)


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_a_broker_that_is_started_again_is_late_by_seconds_and_loses_nothing(
    breakable: System, rabbitmq: RabbitMQ, tell: Tell, end: str
) -> None:
    begin(breakable)
    rabbitmq.remember()
    addresses = publish(breakable)
    until(lambda: breakable.smtp.count().accepted >= EVENTS // 4, "a quarter is delivered")
    before = rabbitmq.process.pid()
    rabbitmq.stop() if end == "stopped" else rabbitmq.kill()
    rabbitmq.start()
    assert rabbitmq.process.pid() != before
    back_at = datetime.now(UTC)
    everybody_got_one(breakable, addresses)
    after, whole = lateness(breakable, due_after=back_at), lateness(breakable)
    tell(f"{end}: {whole}; due after it was back: {after}")
    assert whole.seconds[0] >= 0
    assert after.seconds[-1] <= 15


def test_embedded_deferred_events_are_on_time_too(tmp_path_factory: pytest.TempPathFactory, system: System) -> None:
    folder = tmp_path_factory.mktemp("embedded")
    alone = System(folder, "memory://", f"sqlite:///{folder / 'columba.db'}", system.smtp)
    alone.prepare()
    try:
        alone.start("up")
        addresses = publish(alone)
        everybody_got_one(alone, addresses)
        late = lateness(alone)
        assert late.seconds[0] >= 0
    finally:
        alone.close()
