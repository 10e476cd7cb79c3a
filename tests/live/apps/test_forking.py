"""Servers that fork: gunicorn's workers and Celery's enqueue, and share no connection with whom they came from."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path
from statistics import quantiles

import pytest
from columba_shared.publishing.connection import Access, connected
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare
from columba_shared.wire import decode

from tests.services.ports import free_ports
from tests.services.rabbitmq import RabbitMQ
from tests.system.depths import EMAIL, await_depth, depth
from tests.system.system import TORTURE, scaled, until

HERE = Path(__file__).parent
WORKERS = 4
CLIENTS = 16
PATIENCE = timedelta(seconds=2)
SLACK = timedelta(seconds=8)
"""So much longer it may take a busy machine; a broker that stands still never answers."""
TROUBLE = ("BrokerAway", "Unconfirmed")
Answer = tuple[int, float, str]
"""A worker's process id, how long enqueueing took it, and the event's id, or its error and what that says."""


@pytest.fixture
def url(rabbitmq: RabbitMQ) -> Iterator[str]:
    """A virtual host of a broker to break, with the topology of email."""
    with rabbitmq.vhost() as url:
        declare(Plan.for_targets(("email",)), Access.to(url))
        yield url


@contextmanager
def running(folder: Path, *arguments: str, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a Python module beside the apps of this folder; it must end well when it is asked to."""
    kept: Mapping[str, str] = {name: each for name, each in os.environ.items() if not name.startswith("COLUMBA_")}
    environment = {**kept, "PYTHONPATH": str(HERE), **settings}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", *arguments], env=environment, cwd=folder, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            status = process.wait(timeout=60)
    assert status == 0, (folder / "log").read_text()


@contextmanager
def gunicorn(folder: Path, url: str) -> Iterator[int]:
    """Run the app that counts in forked workers with threads; yield its port."""
    port = next(free_ports())
    forking = ("--preload", "--workers", str(WORKERS), "--worker-class", "gthread", "--threads", "4")
    where = ("--bind", f"127.0.0.1:{port}", "--no-control-socket", "counting:create_app()")
    with running(folder, "gunicorn", *forking, *where, COLUMBA_BROKER_URL=url):
        until(lambda: b"Booting worker" in (folder / "log").read_bytes(), (folder / "log").read_text)
        yield port


def requested(port: int, numbers: range) -> list[Answer]:
    """Make the requests one after the other on one connection."""
    answers: list[Answer] = []
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for number in numbers:
        connection.request("GET", f"/{number}")
        pid, took, word = connection.getresponse().read().decode().split(maxsplit=2)
        answers.append((int(pid), float(took), word))
    connection.close()
    return answers


def at_once(port: int, count: int) -> list[Answer]:
    """Make requests from many clients at once."""
    parts = [range(start, count, CLIENTS) for start in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(chain.from_iterable(pool.map(lambda part: requested(port, part), parts)))


def workers(answers: Sequence[Answer]) -> set[int]:
    return {pid for pid, _, _ in answers}


def connections(rabbitmq: RabbitMQ, url: str) -> set[str]:
    listed = rabbitmq.ctl("list_connections", "--no-table-headers", "vhost", "pid").splitlines()
    return {line for line in listed if line.split()[0] == url.rpartition("/")[2]}


def test_gunicorns_workers_enqueue_and_lose_nothing_on_connections_of_their_own(
    rabbitmq: RabbitMQ, url: str, tmp_path: Path
) -> None:
    count = scaled(200, 10_000)
    with gunicorn(tmp_path, url) as port:
        parents = connections(rabbitmq, url)
        assert len(parents) == 1
        answers = at_once(port, count)

        def two_answer() -> bool:  # one may take them all while the others begin
            if len(workers(answers)) == 1:
                answers.extend(at_once(port, CLIENTS))
            return len(workers(answers)) > 1

        until(two_answer, "two of the workers answer")
        afterwards = connections(rabbitmq, url)
    assert len({word for _, _, word in answers}) == len(answers)
    await_depth(url, len(answers) + 1)
    assert parents <= afterwards
    assert len(afterwards - parents) >= len(workers(answers))


def test_requests_wait_no_longer_than_two_seconds_for_a_broker_that_stands_still(
    rabbitmq: RabbitMQ, url: str, tmp_path: Path
) -> None:
    pid = rabbitmq.process.pid()
    assert pid is not None
    with gunicorn(tmp_path, url) as port:
        at_once(port, CLIENTS)
        os.kill(pid, signal.SIGSTOP)
        try:
            answers = at_once(port, 2 * CLIENTS)
        finally:
            os.kill(pid, signal.SIGCONT)
        until(lambda: not requested(port, range(1))[0][2].startswith(TROUBLE), "it enqueues again")
    assert all(word.startswith(TROUBLE) for _, _, word in answers)
    assert any(word.endswith("no answer within 2 s") for _, _, word in answers)
    assert max(took for _, took, _ in answers) < (PATIENCE + SLACK).total_seconds()


@pytest.mark.skipif(not TORTURE, reason="where others have work to do the figure says nothing: make torture")
def test_enqueueing_adds_less_than_five_milliseconds_to_a_request(url: str, tmp_path: Path) -> None:
    took: dict[str, list[float]] = {"/": [], "/idle/": [], "/bare/": []}
    with gunicorn(tmp_path, url) as port:
        at_once(port, 10 * CLIENTS)
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        began = time.monotonic()
        for number in range(1_500):
            for place, kind in enumerate(took):  # all three see the same machine
                time.sleep(max(began + (number + place / len(took)) / 50 - time.monotonic(), 0))
                asked = time.perf_counter()
                connection.request("GET", f"{kind}{number}")
                connection.getresponse().read()
                took[kind].append((time.perf_counter() - asked) * 1_000)
        connection.close()
    ours, idle, bare = (quantiles(each, n=100)[98] for each in took.values())
    said = f"{idle:.2f} ms without an event, {ours:.2f} with one, {bare:.2f} with a bare publish"
    print(f"\np99 of 1,500 requests at 50 a second: {said}")  # noqa: T201 - a figure for people
    added, floor = ours - idle, bare - idle
    assert added < max(5, 1.5 * floor), "slower than the broker is"
    if added >= 5:
        pytest.skip(f"the broker alone takes too long here to show it: {said}")


def test_celerys_tasks_enqueue_from_forked_workers(amqp_url: str, tmp_path: Path) -> None:
    count = scaled(30, 1_000)
    declare(Plan.for_targets(("email",)), Access.to(amqp_url))
    folder = tmp_path / "tasks"
    folder.mkdir()
    worker = ("celery", "--app", "tasks", "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING")
    settings = {"COLUMBA_BROKER_URL": amqp_url, "TASKS_FOLDER": str(folder)}
    sending = f"import tasks\nfor number in range({count}): tasks.tell.delay(number)"
    environment = os.environ | settings | {"PYTHONPATH": str(HERE)}
    subprocess.run([sys.executable, "-c", sending], env=environment, check=True)  # noqa: S603 - our own
    with running(tmp_path, *worker, "--without-gossip", "--without-mingle", TASKS_BEGIN="1", **settings) as parent:
        until(lambda: depth(amqp_url) == count + 1, lambda: f"{depth(amqp_url)}: {(tmp_path / 'log').read_text()}")
    events = [decode(body) for body in taken(amqp_url, count + 1)]
    assert len({each.id for each in events}) == count + 1
    assert parent.pid not in {each.context.get("pid") for each in events}


def taken(url: str, count: int) -> list[bytes]:
    with connected(Access.to(url)) as connection:
        channel = connection.channel()
        return [_bytes(channel.basic_get(EMAIL, no_ack=True).body) for _ in range(count)]


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
