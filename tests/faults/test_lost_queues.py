"""Queues deleted by hand: told to whoever publishes, nobody else waits, and what is on record comes back once."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from columba_producer import EventRequest, Producer, Unroutable
from columba_shared.event import Lane
from columba_shared.log.tables import delivery
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan, target_queue
from columba_shared.topology.declare import depths
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import accepted
from tests.system import raw
from tests.system.system import System, scaled, until

EACH = scaled(24, 3_334)
"""How many are retrying, due now and deferred: together the 10,000 that the reconciler must bring back."""
PLAN = Plan.for_targets(("email",))


def test_a_deleted_queue_is_an_error_for_its_publishers_and_for_nobody_else(system: System) -> None:
    soon = timedelta(seconds=2)
    with Producer(system.broker_url) as producer:
        raw.delete(system.broker_url, target_queue("email", Lane.BULK))
        for number in range(10):
            producer.enqueue(
                "invoice.ready", to=f"lost{number}@example.org", context={"number": 1}, lane="bulk", defer_for=soon
            )
            producer.enqueue("invoice.ready", to=f"kept{number}@example.org", context={"number": 1}, defer_for=soon)
        with pytest.raises(Unroutable, match=r"email\.bulk"):
            producer.enqueue("invoice.ready", to="direct@example.org", context={"number": 1}, lane="bulk")
    system.start("work", "email")
    system.await_states({"sent": 10})
    until(lambda: "unrouted" in system.columba("doctor", status=1), "doctor tells of the unrouted messages")

    system.columba("topology", "apply")
    system.columba("replay", "--unrouted", "--yes")
    system.await_states({"sent": 20})
    system.columba("doctor")


@pytest.mark.parametrize("lose", [raw.delete, raw.purge])
def test_everything_on_record_comes_back_once_whatever_queues_are_lost(
    system: System, tell: Tell, lose: Callable[[str, str], None]
) -> None:
    pause = str(scaled(4, 60))
    system.settings |= {"COLUMBA_RETRY_FIRST": pause, "COLUMBA_RETRY_LONGEST": pause, "COLUMBA_LEASE": "20"}
    system.start("ledger")
    _retrying(system)
    _deferred(system, "due", timedelta(seconds=1))
    _deferred(system, "later", timedelta(seconds=scaled(6, 60)))
    until(lambda: system.states() == {"retrying": EACH, "scheduled": 2 * EACH}, "all of them are on record")
    until(lambda: _ready(system, target_queue("email", Lane.NORMAL)) >= EACH, "those that are due are in their queue")

    before, claims = system.outcomes(), _claims(system)
    queues = [queue.name for queue in PLAN.queues]
    lost = sum(_ready(system, queue) for queue in queues)
    assert lost > 2 * EACH  # one that moves on from queue to queue meanwhile may be counted twice, or not at all
    for queue in queues:
        lose(system.broker_url, queue)
    for _ in range(2):
        system.start("reconcile")
    system.start("work", "email")
    system.await_states({"sent": 3 * EACH})

    assert Counter(mail.rcpt_to[0] for mail in accepted(system.smtp.entries())).total() == 3 * EACH
    assert system.outcomes() == before + Counter({"sent": 3 * EACH})
    assert Counter(claim - claims[key] for key, claim in _claims(system).items()) == {1: 3 * EACH}
    tell(f"about {lost:,} messages lost with their queues: {3 * EACH:,} deliveries made, each once")


def _claims(system: System) -> dict[UUID, int]:
    return {row.id: row.claim for row in system.rows(select(delivery.c.id, delivery.c.claim))}


def _retrying(system: System) -> None:
    """Let as many wait for their second attempt."""
    system.smtp.set_faults(Faults(rules=(Rule(phase="rcpt", reply="450 4.7.1 come back later", recipient="^retry"),)))
    system.enqueue(EACH, name="retry")
    worker = system.start("work", "email")
    system.await_states({"retrying": EACH})
    assert worker.stop() == 0
    system.smtp.set_faults(Faults())


def _deferred(system: System, name: str, length: timedelta) -> None:
    with system.producer() as producer:
        producer.enqueue_many(
            EventRequest(
                kind="invoice.ready", to=f"{name}{number}@example.org", context={"number": number}, defer_for=length
            )
            for number in range(EACH)
        )


def _ready(system: System, queue: str) -> int:
    return depths((queue,), Access.to(system.broker_url))[queue] or 0
