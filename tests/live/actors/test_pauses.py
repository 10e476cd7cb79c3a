"""A target is paused while real consumers are at it: all of them stop, all of them wake, and nobody is blamed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from columba_producer import EventRequest
from columba_shared.event import Lane
from columba_shared.log import pauses
from columba_shared.log.audit import Author
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import select

from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.services.smtp_faults import Faults
from tests.services.smtp_record import accepted
from tests.system.system import Process, Row, System, running, scaled, until

TIME_TO_GO_ON = timedelta(seconds=2)
SLOTS, MAIL_SECONDS = 4, 0.1
PAUSED, RESUMED = "target.paused", "target.resumed"
AGAIN_AND_AGAIN = scaled(4, 10)
"""More often than a delivery may be suspected of having crashed its process."""
CAROL = Author(who="carol", why="wrong prices")
EMBEDDED, BROKER = "embedded on SQLite", "RabbitMQ and PostgreSQL"


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[SmtpProcess]:
    """A mail server that takes its time."""
    with smtp_process(tmp_path / "mails.jsonl") as server:
        server.set_faults(Faults(delay_seconds=MAIL_SECONDS))
        yield server


@pytest.fixture
def on_servers(tmp_path: Path, mail_url: str, postgres_log_url: str, smtp: SmtpProcess) -> Iterator[System]:
    """Columba on RabbitMQ and PostgreSQL, with few slots."""
    settings = {"COLUMBA_SMTP_CONNECTIONS": str(SLOTS)}
    with running(System(tmp_path, mail_url, postgres_log_url, smtp, settings)) as system:
        yield system


@pytest.fixture(params=[EMBEDDED, BROKER])
def either(request: pytest.FixtureRequest, tmp_path: Path, smtp: SmtpProcess) -> Iterator[System]:
    """Columba in this way, with few slots and much in hand."""
    if request.param == EMBEDDED:
        broker_url, database_url = "memory://", f"sqlite:///{tmp_path / 'columba.db'}"
    else:
        broker_url, database_url = request.getfixturevalue("mail_url"), request.getfixturevalue("postgres_log_url")
    settings = {"COLUMBA_SMTP_CONNECTIONS": str(SLOTS), "COLUMBA_PREFETCH": "60"}
    with running(System(tmp_path, broker_url, database_url, smtp, settings)) as system:
        yield system


def begun(system: System) -> list[Row]:
    """Return the attempts, the first one first."""
    return system.rows(select(attempt).order_by(attempt.c.started_at))


def by_whom(rows: Sequence[Row]) -> set[UUID]:
    return {row.process_id for row in rows}


@contextmanager
def told_by_all(workers: Sequence[Process], fact: str) -> Iterator[None]:
    """Wait until every consumer has told this fact once more than before."""
    before = [worker.log.read_text().count(fact) for worker in workers]
    yield
    until(
        lambda: all(worker.log.read_text().count(fact) > count for worker, count in zip(workers, before, strict=True)),
        f"{fact} is told by all",
    )


def switch(system: System, workers: Sequence[Process], *, paused: bool) -> None:
    """Pause or resume email in the log, and wait until every consumer has seen it."""
    change = pauses.pause if paused else pauses.resume
    with told_by_all(workers, PAUSED if paused else RESUMED), system.engine.begin() as connection:
        change(connection, ["email"], CAROL, now=datetime.now(UTC))


def test_a_pause_stops_every_consumer_within_a_second_and_its_end_wakes_them_all(on_servers: System) -> None:
    """That a second is enough to see it is a matter of how often they look: tests/unit/consumers/test_lookout.py."""
    on_servers.smtp.set_faults(Faults(delay_seconds=0.3))
    workers = [on_servers.start("work", "email") for _ in range(2)]
    addresses = on_servers.enqueue(scaled(320, 900))
    until(lambda: len(by_whom(begun(on_servers))) == 2, "both are at work")
    with told_by_all(workers, PAUSED):
        on_servers.columba("pause", "email", "--by", "carol")
    seen_at = datetime.now(UTC)
    until(lambda: datetime.now(UTC) > seen_at + TIME_TO_GO_ON, "they had the time to go on")
    until(lambda: not on_servers.states()["sending"], "what was under way has finished")
    before = begun(on_servers)
    under_way = SLOTS * len(workers)  # whoever had a slot when they saw it; in that time they would have begun more
    assert len([row for row in before if row.started_at > seen_at]) <= under_way
    mails = accepted(on_servers.smtp.entries())
    assert len([mail for mail in mails if mail.time > seen_at.timestamp()]) <= under_way
    assert len(before) < len(addresses), "too late: everything was sent already"

    resumed_at = datetime.now(UTC)
    on_servers.columba("resume", "email")

    def woken() -> set[UUID]:
        return by_whom([row for row in begun(on_servers) if row.started_at > resumed_at])

    until(lambda: woken() == by_whom(before), "both are at work again")
    on_servers.smtp.set_faults(Faults())
    on_servers.await_states({"sent": len(addresses)})
    assert Counter(mail.rcpt_to[0] for mail in accepted(on_servers.smtp.entries())) == Counter(addresses)


def test_what_is_urgent_goes_first_when_a_pause_is_over(on_servers: System) -> None:
    with on_servers.engine.begin() as connection:
        pauses.pause(connection, ["email"], CAROL, now=datetime.now(UTC))
    worker = on_servers.start("work", "email")
    lanes = {Lane.BULK: 25, Lane.NORMAL: 25, Lane.URGENT: 25}
    with on_servers.producer() as producer:
        for lane, count in lanes.items():
            people = [f"{lane}{number}@example.org" for number in range(count)]
            producer.enqueue_many(
                EventRequest(kind="invoice.ready", to=person, context={"number": 1}, lane=lane) for person in people
            )
    until(lambda: worker.told("process.started"), "it is at work")
    on_servers.columba("resume", "email")
    on_servers.await_states({"sent": sum(lanes.values())})
    query = select(delivery.c.lane).join(attempt, attempt.c.delivery_id == delivery.c.id).order_by(attempt.c.started_at)
    order = [row.lane for row in on_servers.rows(query)]
    last_urgent = max(place for place, lane in enumerate(order) if lane == Lane.URGENT)
    # What was in hand when the pause began is suspect and goes one at a time: others use the slots that are left.
    assert last_urgent - lanes[Lane.URGENT] < lanes[Lane.NORMAL], order


def test_pausing_again_and_again_blames_nobody_for_a_crash(either: System) -> None:
    either.smtp.set_faults(Faults(delay_seconds=1.5))
    commands = [("up",)] if either.is_embedded else [("work", "email"), ("work", "email")]
    workers = [either.start(*command) for command in commands]
    addresses = either.enqueue(scaled(160, 300))
    until(lambda: either.smtp.count().accepted > 0, "they are at work")
    for _ in range(AGAIN_AND_AGAIN):
        switch(either, workers, paused=True)
        switch(either, workers, paused=False)
    assert either.smtp.count().accepted < len(addresses), "too late: everything was sent already"
    either.smtp.set_faults(Faults())
    either.await_states({"sent": len(addresses)})
    assert {(row.attempts, row.crashes) for row in either.rows(select(delivery))} == {(1, 0)}
    assert either.outcomes() == Counter(sent=len(addresses))
    assert Counter(mail.rcpt_to[0] for mail in accepted(either.smtp.entries())) == Counter(addresses)
