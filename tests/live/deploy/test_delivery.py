"""Every process under its own role, as docker-compose.yml starts them, from publishing to the mail server."""

import json
from collections import Counter
from datetime import timedelta
from uuid import UUID

from columba_shared.log.tables import attempt, delivery
from sqlalchemy import select

from deploy.prepare import VHOST
from tests.live.deploy import delivering
from tests.live.deploy.installation import Installation
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import accepted, open_when_lost
from tests.system.system import until

PROCESSES = 4


def test_four_email_processes_deliver_what_comes_in_by_every_way_exactly_once(clean: Installation) -> None:
    now = delivering.addresses("now", 200)
    later, written = delivering.addresses("later", 30), delivering.addresses("written", 30)
    with delivering.started(clean, email=PROCESSES) as workers:
        delivering.publish(clean, now)
        delivering.publish(clean, later, defer_for=timedelta(seconds=1))
        delivering.write(clean, written)
        for name, everybody in (("now", now), ("later", later), ("written", written)):
            delivering.await_states(clean, name, {"sent": len(everybody)})
            assert delivering.copies(clean, name) == Counter(everybody)
        assert {worker.stop() for worker in workers} == {0}


def test_each_of_four_email_processes_takes_its_share(clean: Installation) -> None:
    clean.smtp.set_faults(Faults(delay_seconds=0.5))
    try:
        with delivering.started(clean, email=PROCESSES):
            delivering.publish(clean, delivering.addresses("share", 300))
            delivering.await_states(clean, "share", {"sent": 300})
    finally:
        clean.smtp.set_faults(Faults())
    query = select(attempt.c.process_id).join(delivery, delivery.c.id == attempt.c.delivery_id).distinct()
    assert len(clean.rows(query.where(delivery.c.address.startswith("share-")))) == PROCESSES


def test_one_of_four_killed_leaves_nobody_out(clean: Installation) -> None:
    everybody = delivering.addresses("killed", 300)
    before = open_when_lost(clean.smtp.entries())
    clean.smtp.set_faults(Faults(delay_seconds=2))
    with delivering.started(clean, email=PROCESSES) as workers:
        delivering.publish(clean, everybody)
        until(lambda: delivering.copies(clean, "killed").total() > 60, "mail is on its way")
        workers[0].kill()
        assert delivering.states(clean, "killed")["sent"] < len(everybody)
        clean.smtp.set_faults(Faults())
        delivering.await_states(clean, "killed", {"sent": len(everybody)})
    mails = delivering.copies(clean, "killed")
    assert set(mails) == set(everybody)
    doubled = {
        UUID(hex=mail.message_id.strip("<>").partition("@")[0])
        for mail in accepted(clean.smtp.entries())
        if mails[mail.rcpt_to[0]] > 1
    }
    in_doubt = clean.rows(select(attempt.c.delivery_id).where(attempt.c.outcome == "in_doubt"))
    assert doubled <= {row[0] for row in in_doubt}
    assert len(doubled) <= open_when_lost(clean.smtp.entries()) - before


def test_an_operator_replays_what_died(clean: Installation) -> None:
    refused = Rule(phase="rcpt", reply="550 5.7.1 not from you", recipient="replayed-")
    clean.smtp.set_faults(Faults(rules=(refused,)))
    with delivering.started(clean, email=1):
        delivering.publish(clean, delivering.addresses("replayed", 5))
        delivering.await_states(clean, "replayed", {"dead": 5})
        clean.smtp.set_faults(Faults())
        told = json.loads(clean.run("operator", "replay", "--target", "email", "--yes", "--json"))
        assert told["reopened"] == 5
        delivering.await_states(clean, "replayed", {"sent": 5})


def test_an_operator_retries_what_died(clean: Installation) -> None:
    refused = Rule(phase="rcpt", reply="550 5.7.1 not from you", recipient="retried-")
    clean.smtp.set_faults(Faults(rules=(refused,)))
    with delivering.started(clean, email=1):
        delivering.publish(clean, delivering.addresses("retried", 5))
        delivering.await_states(clean, "retried", {"dead": 5})
        clean.smtp.set_faults(Faults())
        clean.run("operator", "retry", "--status", "dead", "--to", "retried-00002@example.org", "--yes")
        delivering.await_states(clean, "retried", {"dead": 4, "sent": 1})


def test_the_reconciler_puts_back_a_queue_that_somebody_deleted(clean: Installation) -> None:
    with delivering.started(clean, email=1):
        clean.node.ctl("delete_queue", "--vhost", VHOST, "columba.email.normal")
        until(lambda: "reconciler.redeclared" in clean.told_by("reconciler"), "the reconciler has declared it")
        delivering.publish(clean, delivering.addresses("restored", 3))
        delivering.await_states(clean, "restored", {"sent": 3})


def test_the_producers_service_enqueues(clean: Installation) -> None:
    with delivering.started(clean, email=1):
        context = json.dumps({"number": 42, "carrier": "pigeon post"})
        clean.run("producer", "enqueue", delivering.KIND, "--to", "shell-1@example.org", "--context", context)
        delivering.await_states(clean, "shell", {"sent": 1})


def test_the_doctor_finds_nothing_wrong_for_an_operator(clean: Installation) -> None:
    assert json.loads(clean.run("operator", "doctor", "--json"))["healthy"]


def test_an_operator_sees_who_is_at_work(clean: Installation) -> None:
    with delivering.started(clean, email=2):
        stats = json.loads(clean.run("operator", "stats", "--json"))
    roles = Counter(process["role"] for process in stats["processes"])
    assert roles["work email"] >= 2
    assert None not in stats["queues"].values()
