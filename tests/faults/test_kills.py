"""Consumers killed at random moments: nobody is left out, and whoever got two is on record as in doubt."""

import random
from collections import Counter

from columba_shared.log.tables import attempt
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.services.smtp_record import accepted, delivery_of, open_when_lost
from tests.system.system import Process, System, scaled, until


def _after_some_progress(system: System, worker: Process, chance: random.Random, *, at_most: int, mails: int) -> None:
    """Wait until the mail server has taken a random number more, or all there are."""
    goal = min(mails, system.smtp.count().accepted + chance.randint(1, at_most))
    until(lambda: system.smtp.count().accepted >= goal or not worker.running, f"the server has taken {goal} mails")


def test_nobody_is_left_out_and_every_doubled_mail_is_on_record_as_in_doubt(system: System, tell: Tell) -> None:
    mails, kills = scaled(180, 10_000), scaled(3, 20)
    chance = random.Random(20261121)  # noqa: S311 - chance for moments, not for secrets
    addresses = system.enqueue(mails)
    system.start("reconcile")
    for _ in range(kills):
        worker = system.start("work", "email")
        _after_some_progress(system, worker, chance, at_most=mails // (2 * kills), mails=mails)
        worker.kill()
    system.start("work", "email")
    system.await_states({"sent": mails})

    taken = accepted(system.smtp.entries())
    copies = Counter(mail.rcpt_to[0] for mail in taken)
    assert set(copies) == set(addresses)
    doubled = {delivery_of(mail) for mail in taken if copies[mail.rcpt_to[0]] > 1}
    query = select(attempt.c.delivery_id).where(attempt.c.outcome == "in_doubt")
    in_doubt = {row.delivery_id for row in system.rows(query)}
    assert doubled <= in_doubt
    open_at_kills = open_when_lost(system.smtp.entries())
    tell(f"{mails:,} mails, {kills} kills: 0 lost, {len(taken) - mails} doubled, {open_at_kills} open at the kills")
    assert len(taken) - mails <= open_at_kills


def test_a_parked_target_leaves_what_is_in_doubt_to_a_person(system: System) -> None:
    mails = scaled(120, 2_000)
    system.settings = {"COLUMBA_EMAIL_IN_DOUBT": "park"}
    system.enqueue(mails)
    system.start("reconcile")
    worker = system.start("work", "email")
    until(lambda: system.smtp.count().accepted >= mails // 3, "a third is delivered")
    worker.kill()
    system.start("work", "email")
    until(lambda: system.states().total() == mails, "everything is in the log")
    until(lambda: set(system.states()) <= {"sent", "in_doubt"}, "everything is sent or in doubt")

    copies = Counter(mail.rcpt_to[0] for mail in accepted(system.smtp.entries()))
    assert set(copies.values()) == {1}
    assert system.states()["in_doubt"] <= open_when_lost(system.smtp.entries())


def test_stopping_by_sigterm_repeats_and_loses_nothing(system: System) -> None:
    mails = scaled(240, 5_000)
    system.settings = {"COLUMBA_LEASE": "20"}  # nobody dies here: whoever stands still for a moment is not given up
    addresses = system.enqueue(mails)
    for _ in range(3):
        goal = min(mails, system.smtp.count().accepted + mails // 5)
        worker = system.start("work", "email")
        until(lambda goal=goal: system.smtp.count().accepted >= goal, f"{goal} are delivered")  # type: ignore[misc]
        assert worker.stop() == 0
    system.start("work", "email")
    system.await_states({"sent": mails})

    copies = Counter(mail.rcpt_to[0] for mail in accepted(system.smtp.entries()))
    assert copies == Counter(addresses)
    assert system.outcomes() == Counter(sent=mails)
