"""Code that kills its process: the event that brings it along ends dead, and its neighbours do not."""

from columba_producer import Producer
from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.system.system import System, until

_APP = """
import os
from columba_consumers import EmailMessage, renderer

@renderer("invoice.ready", target="email")
def invoice(event, recipient):
    if event.context["number"] == "poison":
        os._exit(11)
    return EmailMessage(subject="Invoice", text="ready")
"""


def test_only_the_event_that_crashes_its_process_ends_dead(system: System) -> None:
    (system.folder / "crashing.py").write_text(_APP)
    system.settings = {"COLUMBA_APP": "crashing"}
    neighbours = 40
    with Producer(system.broker_url) as producer:
        for number in range(neighbours):
            if number == neighbours // 4:
                producer.enqueue("invoice.ready", to="poison@example.org", context={"number": "poison"})
            producer.enqueue("invoice.ready", to=f"r{number}@example.org", context={"number": number})
    system.start("reconcile")
    crashes = 0
    worker = system.start("work", "email")

    def settled() -> bool:
        nonlocal worker, crashes
        if not worker.running:
            assert worker.process.returncode == 11
            crashes += 1
            worker = system.start("work", "email")
        return system.states() == {"sent": neighbours, "dead": 1}

    until(settled, "the neighbours are sent and the crasher is dead")
    assert crashes == 3
    dead = system.rows(select(delivery.c.address, delivery.c.reason).where(delivery.c.state == "dead"))
    assert [row.address for row in dead] == ["poison@example.org"]
    assert dead[0].reason.startswith("crash")
