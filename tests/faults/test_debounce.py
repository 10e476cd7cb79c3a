"""Debounce under fire: many publishers at one key, and what is sent is the last, in time.

How long a wait may be is promised as long as the ledger keeps up, so that where the time is asserted the publishers
keep to a rate; elsewhere they publish as fast as they can, which is faster than it files.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from columba_shared.log.tables import attempt, delivery, event
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.services.smtp_record import accepted
from tests.system.system import Process, Row, System, scaled, until

PUBLISHERS: Final = scaled(20, 50)
PACE: Final = scaled(4, 20)
"""Publishes a second of each publisher that keeps to a rate: 1,000 a second in all, or what a shared machine bears."""
DEFERRED: Final = timedelta(seconds=scaled(5, 2))
LATE: Final = scaled(15, 1)
"""Seconds that a shared machine may be late; that there is a longest wait, the number of those sent says as well."""
ADDRESS: Final = "bob@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One publish: between these moments it was put behind all that had been published before."""

    event_id: str
    begun: datetime
    ended: datetime


def start(system: System) -> list[Process]:
    """Start everything that delivers; on servers the ledger is the first."""
    commands = (("up",),) if system.is_embedded else (("ledger",), ("reconcile",), ("work", "email"))
    processes = [system.start(*command) for command in commands]
    until(lambda: all(process.told("process.started") for process in processes), "everything has started")
    return processes


def fire(
    system: System,
    seconds: float,
    *,
    deferred: timedelta = DEFERRED,
    max_wait: timedelta | None = None,
    pace: int | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[Shot]:
    """Publish under one key from many threads, each with a producer of its own; return every publish."""
    shots: list[Shot] = []
    failures: list[BaseException] = []
    start = time.monotonic()
    end = start + seconds

    def publish(publisher: int) -> None:
        try:
            with system.producer() as producer:
                for number in count():
                    if pace is not None:  # how fast the app publishes is what the test is about
                        time.sleep(max(0.0, start + (number + publisher / PUBLISHERS) / pace - time.monotonic()))
                    if time.monotonic() >= end:
                        return
                    begun = datetime.now(UTC)
                    key = producer.enqueue(
                        "invoice.ready",
                        to=ADDRESS,
                        context={"number": len(shots)},
                        key="invoice:42",
                        defer_for=deferred,
                        max_wait=max_wait,
                    )
                    shots.append(Shot(event_id=str(key), begun=begun, ended=datetime.now(UTC)))
        except BaseException as error:  # noqa: BLE001 - told to the test below, which fails for it
            failures.append(error)

    threads = [threading.Thread(target=publish, args=(publisher,)) for publisher in range(PUBLISHERS)]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    return shots


def tried(system: System) -> list[Row]:
    """Return what was tried, oldest first: which event, and when it was taken up."""
    query = select(delivery.c.event_id, attempt.c.started_at).join(delivery, delivery.c.id == attempt.c.delivery_id)
    return system.rows(query.order_by(attempt.c.started_at))


def first_of_chain(system: System, shots: Sequence[Shot], sent: Row) -> datetime:
    """Return when the first was published of those that this one replaced, one after the other, as the log tells it."""
    replaced = {row.reason: str(row.event_id) for row in system.rows(select(delivery.c.event_id, delivery.c.reason))}
    begun = {shot.event_id: shot.begun for shot in shots}
    first = str(sent.event_id)
    while (before := replaced.get(f"superseded by {first}")) is not None:
        first = before
    return begun[first]


def await_rest(system: System, shots: Sequence[Shot]) -> None:
    """Wait until every publish is on record and nothing waits any more."""

    def over() -> bool:
        states = system.states()
        return states.total() == len(shots) and set(states) == {"sent", "superseded"}

    until(over, f"{len(shots)} publishes are on record and over")


def assert_is_the_last(shots: Sequence[Shot], sent: Row) -> None:
    """Nothing was published after it: no other publish began once this one had returned."""
    (last,) = [shot for shot in shots if shot.event_id == str(sent.event_id)]
    assert max(shot.begun for shot in shots) <= last.ended


def test_of_all_that_is_published_under_one_key_the_last_is_sent_once(either: System, tell: Tell) -> None:
    start(either)
    shots = fire(either, scaled(2, 10))
    await_rest(either, shots)
    (sent,) = tried(either)
    assert_is_the_last(shots, sent)
    assert sent.started_at >= min(shot.begun for shot in shots if shot.event_id == str(sent.event_id)) + DEFERRED
    assert [mail.rcpt_to for mail in accepted(either.smtp.entries())] == [(ADDRESS,)]
    after = (sent.started_at - max(shot.ended for shot in shots)).total_seconds()
    tell(f"{len(shots):,} publishes under one key: 1 sent, {after:.2f} s after the last")


def test_no_fire_puts_it_off_for_longer_than_the_longest_wait(either: System, tell: Tell) -> None:
    seconds, max_wait = scaled(6, 10), timedelta(seconds=scaled(3, 5))
    start(either)
    shots = fire(either, seconds, deferred=timedelta(seconds=2), max_wait=max_wait, pace=PACE)
    await_rest(either, shots)
    sent = tried(either)
    assert len(sent) in {2, 3, 4}
    assert len(accepted(either.smtp.entries())) == len(sent)
    assert_is_the_last(shots, sent[-1])
    waits = [(each.started_at - first_of_chain(either, shots, each)).total_seconds() for each in sent]
    tell(f"{len(shots):,} publishes, {len(sent)} sent, after {', '.join(f'{wait:.2f}' for wait in waits)} s")
    assert max(waits) <= max_wait.total_seconds() + LATE


def test_a_ledger_killed_in_the_middle_of_the_fire_loses_and_doubles_nothing(system: System, tell: Tell) -> None:
    ledger = start(system)[0]
    seconds = scaled(2, 10)

    def kill() -> None:
        time.sleep(seconds / 2)  # the middle of the fire, which is what the test is about
        ledger.kill()
        system.start("ledger")

    shots = fire(system, seconds, meanwhile=kill)
    await_rest(system, shots)
    (sent,) = tried(system)
    assert_is_the_last(shots, sent)
    assert len(accepted(system.smtp.entries())) == 1
    recorded = {str(row.id) for row in system.rows(select(event.c.id))}
    assert recorded == {shot.event_id for shot in shots}
    tell(f"{len(shots):,} publishes, the ledger killed among them: 1 sent")
