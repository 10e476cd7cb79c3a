"""A broker that takes messages from nobody for a while: whoever cannot publish holds on, and loses nothing."""

from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan, dead_queue
from columba_shared.topology.declare import declare

from tests.services.smtp_faults import Faults, Rule
from tests.system import raw
from tests.system.system import System, until

DEAD = dead_queue("email")


def test_dead_letters_that_the_broker_refused_follow_as_soon_as_it_takes_them(system: System) -> None:
    """No reconciler runs, and the consumer keeps its connection: it has to see to them itself."""
    system.smtp.set_faults(Faults(rules=(Rule(phase="rcpt", reply="550 5.1.1 no such user", recipient="."),)))
    _take_no_dead_letters(system)
    addresses = system.enqueue(5)
    worker = system.start("work", "email")
    system.await_states({"dead": len(addresses)})
    until(lambda: worker.told("delivery.put_off"), "the broker refused")
    assert not any(row.handed_on for address in addresses for row in system.deliveries(address))
    raw.delete(system.broker_url, DEAD)
    declare(Plan.for_targets(("email",)), Access.to(system.broker_url))
    until(
        lambda: all(row.handed_on for address in addresses for row in system.deliveries(address)),
        "every dead letter is published",
        seconds=30,
    )
    assert len(raw.take_all(system.broker_url, DEAD)) == len(addresses)


def _take_no_dead_letters(system: System) -> None:
    """Put a queue in the place of the dead letters' that is always full."""
    raw.delete(system.broker_url, DEAD)
    with raw.channel(system.broker_url) as channel:
        full = {"x-max-length": 0, "x-overflow": "reject-publish"}
        channel.queue_declare(DEAD, durable=True, auto_delete=False, arguments=full)
        channel.queue_bind(DEAD, "columba.dead", "email.#")
