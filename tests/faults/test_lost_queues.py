"""A target's queue deleted by hand: told to whoever publishes, mended by the operator, and nobody else waits."""

from datetime import timedelta

import pytest
from columba_producer import Producer, Unroutable
from columba_shared.event import Lane
from columba_shared.topology import target_queue

from tests.system import raw
from tests.system.system import System, until


def test_a_deleted_queue_is_an_error_for_its_publishers_and_for_nobody_else(system: System) -> None:
    soon = timedelta(seconds=2)
    with Producer(system.broker_url) as producer:
        for number in range(10):
            producer.enqueue(
                "invoice.ready", to=f"lost{number}@example.org", context={"number": 1}, lane="bulk", defer_for=soon
            )
            producer.enqueue("invoice.ready", to=f"kept{number}@example.org", context={"number": 1}, defer_for=soon)
        raw.delete(system.broker_url, target_queue("email", Lane.BULK))
        with pytest.raises(Unroutable, match=r"email\.bulk"):
            producer.enqueue("invoice.ready", to="direct@example.org", context={"number": 1}, lane="bulk")
    system.start("work", "email")
    system.await_states({"sent": 10})
    until(lambda: "unrouted" in system.columba("doctor", status=1), "doctor tells of the unrouted messages")

    system.columba("topology", "apply")
    system.columba("replay", "--unrouted", "--yes")
    system.await_states({"sent": 20})
    system.columba("doctor")
