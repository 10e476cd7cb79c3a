"""Digests under fire: whatever is killed meanwhile, every event is told by exactly one digest."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from columba_producer import Digest, EventRequest
from columba_shared import wire
from columba_shared.log.tables import attempt, delivery, event
from sqlalchemy import func, select

from tests.faults.conftest import Tell
from tests.services.smtp_control import smtp_process
from tests.services.smtp_record import accepted
from tests.system.system import Process, System, running, scaled, until

PUBLISHERS: Final = 20
EVENTS: Final = scaled(300, 10_000)
KEYS: Final = scaled(40, 500)
SECONDS: Final = scaled(6, 40)
"""For how long it is published: several windows of each key, and several kills."""
WINDOW: Final = timedelta(seconds=2)
KILLS: Final = scaled(3, 12)
LISTED: Final = [f"reader{number}@example.org" for number in range(scaled(520, 1_200))]
"""More than are gathered at a time."""
ROUNDS: Final = scaled(3, 20)
HOUR: Final = timedelta(hours=1)


@pytest.fixture(params=["embedded", "on servers"])
def telling(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """Columba in each way to run it; what its digests tell is recorded."""
    if request.param == "embedded":
        urls = ("memory://", f"sqlite:///{tmp_path / 'columba.db'}")
    else:
        urls = (request.getfixturevalue("mail_url"), request.getfixturevalue("postgres_log_url"))
    with smtp_process(tmp_path / "mails.jsonl", bodies=True) as smtp, running(System(tmp_path, *urls, smtp)) as system:
        folder = tmp_path / "templates" / "comment.added"
        folder.mkdir()
        (folder / "email.subject.txt").write_text("{{ count }}")
        (folder / "email.txt").write_text("{% for each in events %}#{{ each.context.number }}\n{% endfor %}")
        yield system


def commands(system: System) -> tuple[tuple[str, ...], ...]:
    return (("up",),) if system.is_embedded else (("ledger",), ("work", "email"))


def start(system: System, command: tuple[str, ...]) -> Process:
    process = system.start(*command)
    until(lambda: process.told("process.started"), f"{command} has started")
    return process


@contextmanager
def publishing(system: System) -> Iterator[None]:
    """Publish from many threads, each with a producer of its own, evenly over the time, while the context lasts."""
    failures: list[BaseException] = []
    begun, apart = time.monotonic(), SECONDS * PUBLISHERS / EVENTS

    def publish(publisher: int) -> None:
        try:
            with system.producer() as producer:
                for place, number in enumerate(range(publisher, EVENTS, PUBLISHERS)):
                    time.sleep(max(0.0, begun + place * apart - time.monotonic()))  # how fast apps publish
                    producer.enqueue_many([request(number)])
        except BaseException as error:  # noqa: BLE001 - told to the test below, which fails for it
            failures.append(error)

    threads = [threading.Thread(target=publish, args=(publisher,)) for publisher in range(PUBLISHERS)]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


def request(number: int) -> EventRequest:
    """Return a comment, on one of the posts, for its author."""
    key = number * 7 % KEYS
    return EventRequest(
        kind="comment.added",
        to=f"author{key}@example.org",
        context={"number": number},
        key=f"post-{key}",
        digest=Digest(window=WINDOW, most=scaled(8, 12)),
    )


def kill_by_turns(system: System) -> Counter[str]:
    """Kill each process in its turn, and start it anew, while events come; return what was killed how often."""
    running_ = {command: start(system, command) for command in commands(system)}
    killed: Counter[str] = Counter()
    for number in range(KILLS):
        time.sleep(SECONDS / (KILLS + 1))  # in the middle of what goes on, which is what the test is about
        command = commands(system)[number % len(running_)]
        running_[command].kill()
        killed[command[0]] += 1
        running_[command] = start(system, command)
    return killed


def await_over(system: System) -> None:
    """Wait until every event is gathered, and no digest waits any more."""

    def over() -> bool:
        states = system.states()
        return states["gathered"] == EVENTS and not states.keys() - {"gathered", "sent"}

    until(over, lambda: f"{EVENTS} events are gathered and sent, not {dict(system.states())}")


def told(system: System) -> dict[str, list[tuple[int, ...]]]:
    """Return what every mail told, by its Message-ID: more than once is a digest that was sent again."""
    mails: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for mail in accepted(system.smtp.entries()):
        head, _, body = (mail.body or b"").decode().partition("\r\n\r\n")
        (identity,) = [line for line in head.split("\r\n") if line.lower().startswith("message-id:")]
        mails[identity].append(tuple(int(line[1:]) for line in body.split("\r\n") if line.startswith("#")))
    return mails


def in_doubt(system: System) -> int:
    """Return how many deliveries were in doubt at some time."""
    (row,) = system.rows(select(func.count(attempt.c.delivery_id.distinct())).where(attempt.c.outcome == "in_doubt"))
    return int(row[0])


def assert_each_is_told_once(digests: Sequence[tuple[int, ...]]) -> None:
    times = Counter(number for digest in digests for number in digest)
    assert {number: count for number, count in times.items() if count > 1} == {}
    assert set(range(EVENTS)) - set(times) == set()


def test_whatever_is_killed_every_event_is_told_by_exactly_one_digest(telling: System, tell: Tell) -> None:
    if not telling.is_embedded:
        telling.start("reconcile")
    with publishing(telling):
        killed = kill_by_turns(telling)
    await_over(telling)
    mails = told(telling)
    assert_each_is_told_once([copies[0] for copies in mails.values()])
    doubled = {identity: copies for identity, copies in mails.items() if len(copies) > 1}
    assert all(set(copies) == {copies[0]} for copies in doubled.values())
    assert len(doubled) <= in_doubt(telling)
    sent = telling.rows(select(delivery.c.id).where(delivery.c.state == "sent"))
    assert len(mails) == len(sent)
    tell(
        f"{EVENTS:,} events under {KEYS} keys from {PUBLISHERS} publishers, {dict(killed)} killed: {len(mails):,} "
        f"digests, every event in exactly one; {len(doubled)} digests sent again, each in doubt"
    )


def publish_and_withdraw(system: System) -> list[tuple[int, ...]]:
    """Publish lists, and withdraw what was published so far between any two; return what belongs together."""
    with system.producer() as producer:
        for number in range(ROUNDS):
            for half in (0, 1):
                context, digest = {"number": 2 * number + half}, Digest(window=HOUR)
                producer.enqueue("comment.added", to=LISTED, context=context, key="post-7", digest=digest)
                if half == 0:
                    producer.withdraw("comment.added", key="post-7")
    return [(0,), *((number, number + 1) for number in range(1, 2 * ROUNDS - 1, 2)), (2 * ROUNDS - 1,)]


def gathered_together(system: System) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return which events each digest tells, by its address and id."""
    bodies = {row.id: wire.decode_kept(row.body).context for row in system.rows(select(event.c.id, event.c.body))}
    together: dict[tuple[str, str], list[int]] = defaultdict(list)
    columns = (delivery.c.address, delivery.c.digest_id, delivery.c.event_id)
    for row in system.rows(select(*columns).where(delivery.c.state == "gathered")):
        together[row.address, str(row.digest_id)].append(bodies[row.event_id]["number"])
    return {name: tuple(sorted(numbers)) for name, numbers in together.items()}


def test_whatever_is_killed_a_withdrawal_ends_what_was_published_before_it_and_nothing_since(
    telling: System, tell: Tell
) -> None:
    wanted, total = publish_and_withdraw(telling), 2 * ROUNDS * len(LISTED)
    command = commands(telling)[0]
    for kill in range(KILLS):
        process, reached = start(telling, command), total * (kill + 1) // (KILLS + 1)
        until(lambda: telling.states()["gathered"] >= reached, f"{reached} of {total} are gathered")  # noqa: B023
        process.kill()
    found = telling.states()["gathered"]
    start(telling, command)
    states = {"gathered": total, "cancelled": ROUNDS * len(LISTED), "scheduled": len(LISTED)}
    telling.await_states(states)
    assert Counter(gathered_together(telling).values()) == dict.fromkeys(wanted, len(LISTED))
    tell(f"{ROUNDS} withdrawals between lists of {len(LISTED)}, {KILLS} kills, the last at {found:,} of {total:,}")
