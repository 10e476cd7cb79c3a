"""Servers that go away in the middle: everybody waits, nobody loses an attempt, everything arrives once."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from columba_shared.event import Lane
from columba_shared.log.tables import attempt, delivery
from columba_shared.publishing.connection import Access
from columba_shared.topology import target_queue
from columba_shared.topology.declare import depths
from sqlalchemy import func, select

from tests.faults.conftest import Tell
from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMQ
from tests.services.smtp_faults import Faults
from tests.services.smtp_record import accepted, opened
from tests.system.system import TORTURE, System, scaled, until

BACK_WITHIN_SECONDS = 30.0
_SLOWLY = Faults(delay_seconds=scaled(3, 0) / 10)
FIRST_SECOND = 15
"""Of forty connections that two consumers may have open, and thousands of mails that wait."""


def _in_the_middle(system: System, mails: int) -> None:
    """Wait until some of so many mails have gone, of which ``_SLOWLY`` leaves enough."""
    until(lambda: system.smtp.count().accepted >= mails // 4, "a quarter is delivered")
    assert system.smtp.count().accepted < mails, "too late: everything is delivered already"


def _everybody_got_one(system: System, addresses: list[str]) -> None:
    system.await_states({"sent": len(addresses)})
    copies = Counter(mail.rcpt_to[0] for mail in accepted(system.smtp.entries()))
    assert copies == Counter(addresses)
    spent = {row.attempts for row in system.rows(select(delivery.c.attempts).distinct())}
    assert spent == {1}


# A broker that is stopped in good order is for the long run alone: a killed one loses what that loses, and more.
@pytest.mark.parametrize("end", ["killed", *(["stopped"] if TORTURE else [])])
def test_a_broker_that_goes_in_the_middle_costs_nobody_anything(
    breakable: System, rabbitmq: RabbitMQ, end: str
) -> None:
    addresses = breakable.enqueue(scaled(300, 10_000))
    breakable.smtp.set_faults(_SLOWLY)
    breakable.start("reconcile")
    worker = breakable.start("work", "email")
    _in_the_middle(breakable, len(addresses))
    before = rabbitmq.process.pid()
    rabbitmq.stop() if end == "stopped" else rabbitmq.kill()
    rabbitmq.start()
    assert rabbitmq.process.pid() != before
    breakable.smtp.set_faults(Faults())
    _everybody_got_one(breakable, addresses)
    assert worker.told("broker.lost")


def test_a_database_restart_in_the_middle_costs_nobody_anything(breakable: System, postgres: Postgres) -> None:
    addresses = breakable.enqueue(scaled(300, 10_000))
    breakable.smtp.set_faults(_SLOWLY)
    breakable.start("reconcile")
    worker = breakable.start("work", "email")
    _in_the_middle(breakable, len(addresses))
    postgres.restart("immediate")
    breakable.engine.dispose()
    breakable.smtp.set_faults(Faults())
    _everybody_got_one(breakable, addresses)
    assert worker.told("journal.waiting")


def test_a_pause_outlives_a_restart_of_the_database(breakable: System, postgres: Postgres) -> None:
    breakable.start("reconcile")
    worker = breakable.start("work", "email")
    until(lambda: worker.told("process.started"), "the consumer is at work")
    breakable.columba("pause", "email")
    until(lambda: worker.told("target.paused"), "the consumer has seen the pause")
    addresses = breakable.enqueue(scaled(100, 1_000))
    postgres.stop("immediate")
    until(lambda: worker.told("rounds.waiting"), "the consumer misses the database")
    postgres.start()
    breakable.engine.dispose()
    resumed_at = datetime.now(UTC)
    breakable.columba("resume", "email")
    _everybody_got_one(breakable, addresses)
    assert breakable.rows(select(func.min(attempt.c.started_at)))[0][0] >= resumed_at


def test_a_mail_server_that_is_down_for_a_while_spends_nobodys_attempts_and_is_not_overrun(
    system: System, tell: Tell
) -> None:
    addresses = system.enqueue(scaled(120, 5_000))
    system.start("reconcile")
    system.smtp.go_down()
    workers = [system.start("work", "email") for _ in range(2)]
    until(lambda: all(worker.told("target.down") for worker in workers), "the consumers know that the server is down")
    until(lambda: all(worker.told("target.probed") for worker in workers), "the consumers probe")
    back_at = time.time() + scaled(0, 120)
    until(lambda: time.time() >= back_at, "the server comes back")
    assert set(system.outcomes()) <= {"postponed"}
    system.smtp.come_up()
    up_at = time.time()
    _everybody_got_one(system, addresses)
    assert all(worker.told("target.up") for worker in workers)
    assert set(system.outcomes()) <= {"sent", "postponed"}
    entries = system.smtp.entries()
    mails, connections = sorted(mail.time for mail in accepted(entries)), opened(entries)
    tell(f"{len(mails):,} mails, the last {mails[-1] - up_at:.1f} s after the server was back")
    tell(f"by the second: {_by_second(mails)} mails, {_by_second(connections)} connections")
    assert mails[-1] - up_at <= BACK_WITHIN_SECONDS
    assert _by_second(mails)[0] <= FIRST_SECOND
    assert _by_second(connections)[0] <= FIRST_SECOND


def _by_second(moments: Sequence[float]) -> list[int]:
    """Return how many there are in each second from the first on."""
    counts = Counter(int(moment - moments[0]) for moment in moments)
    return [counts[second] for second in range(max(counts) + 1)]


def test_what_expires_while_its_target_is_down_is_not_sent_when_it_comes_up(system: System) -> None:
    queue, access = target_queue("email", Lane.NORMAL), Access.to(system.broker_url)
    system.smtp.go_down()
    worker = system.start("work", "email")
    system.enqueue(1)
    until(lambda: worker.told("target.down"), "the consumer knows that the server is down")
    expires_at = datetime.now(UTC) + timedelta(seconds=6)
    with system.producer() as producer:
        producer.enqueue("invoice.ready", to="late@example.org", context={"number": 1}, expires=expires_at)
    until(lambda: depths((queue,), access)[queue] == 0, "the consumer has it")
    assert datetime.now(UTC) < expires_at, "it expired before it could wait"
    until(lambda: datetime.now(UTC) > expires_at, "it expires")
    system.smtp.come_up()
    system.await_state("late@example.org", "expired")
    assert not system.mails("late@example.org")
