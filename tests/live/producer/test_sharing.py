"""One producer shared by threads and by forked processes."""

import asyncio
import os
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from columba_producer import Attachment, Producer, Unroutable
from columba_shared.event import Lane
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.tables import blob, outbox
from columba_shared.publishing.connection import Access, connected
from columba_shared.topology import Plan, target_queue
from columba_shared.topology.declare import declare
from sqlalchemy import func, select

from tests.live.broker.proxy import proxied
from tests.services.rabbitmq import RabbitMQ
from tests.system.depths import await_depth

CHILDREN = 3
EACH = 200
THREADS = 16


@pytest.fixture
def url(mail_url: str) -> str:
    """A virtual host with the topology of email."""
    return mail_url


def enqueue(producer: Producer, count: int) -> None:
    for number in range(count):
        producer.enqueue("invoice.ready", to=f"u{number}@example.com")


def in_children(work: Callable[[], None]) -> list[int]:
    """Do the work in forked children, and return their exit statuses."""
    children = [_fork(work) for _ in range(CHILDREN)]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - the child must end here, whatever happened
        traceback.print_exc()
    finally:
        os._exit(status)


def test_forked_children_and_their_parent_publish_without_an_error(url: str) -> None:
    with Producer(url) as producer:
        enqueue(producer, 1)
        assert in_children(lambda: enqueue(producer, EACH)) == [0] * CHILDREN
        enqueue(producer, EACH)
    await_depth(url, 1 + EACH * (CHILDREN + 1))


def test_a_childs_end_leaves_the_parents_connection_alone(rabbitmq: RabbitMQ) -> None:
    with rabbitmq.vhost() as url:
        declare(Plan.for_targets(("email",)), Access.to(url))
        with Producer(url) as producer:
            enqueue(producer, 1)
            before = _connections(rabbitmq, url)
            assert in_children(producer.close) == [0] * CHILDREN
            enqueue(producer, 1)
            after = _connections(rabbitmq, url)
            assert after
            assert after <= before


def _connections(rabbitmq: RabbitMQ, url: str) -> set[str]:
    """Return those to one virtual host: each with the name of its process, as one that was just closed may be."""
    listed = rabbitmq.ctl("list_connections", "--no-table-headers", "vhost", "pid").splitlines()
    return {line for line in listed if line.split()[0] == url.rpartition("/")[2]}


def test_forked_children_write_to_an_outbox_without_an_error(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/outbox.db"
    with Producer(database) as producer:
        enqueue(producer, 1)
        assert in_children(lambda: enqueue(producer, 20)) == [0] * CHILDREN
        enqueue(producer, 20)
    with connect(database).connect() as connection:
        assert connection.scalar(select(func.count()).select_from(outbox)) == 1 + 20 * (CHILDREN + 1)


def test_forked_children_store_large_files_without_an_error(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/columba.db"
    engine = connect(database)
    migrate(engine)
    with Producer(database) as producer:
        store(producer, 0, 3)
        assert in_children(lambda: store(producer, os.getpid(), 5)) == [0] * CHILDREN
        store(producer, 1, 3)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(blob)) == 3 + 5 * CHILDREN + 3
        assert connection.scalar(select(func.count()).select_from(outbox)) == 3 + 5 * CHILDREN + 3
    engine.dispose()


def store(producer: Producer, whose: int, count: int) -> None:
    for number in range(count):
        attached = Attachment(name="a.bin", content=f"{whose} {number}".encode() * 10_000)
        producer.enqueue("invoice.ready", to="bob@example.com", attachments=attached)


def test_threads_share_a_producer_and_each_hears_of_its_own_failures_alone(url: str) -> None:
    with connected(Access.to(url)) as connection:
        connection.channel().queue_unbind(target_queue("email", Lane.BULK), "columba", "email.bulk.#")

    def half(lane: str) -> int:
        failures = 0
        for number in range(100):
            try:
                producer.enqueue("invoice.ready", to=f"u{number}@example.com", lane=lane)
            except Unroutable:
                failures += 1
        return failures

    lanes = ["normal", "bulk"] * (THREADS // 2)
    with Producer(url) as producer, ThreadPoolExecutor(THREADS) as pool:
        failures = list(pool.map(half, lanes))
    assert failures == [0, 100] * (THREADS // 2)
    await_depth(url, 100 * THREADS // 2)


def test_threads_of_one_producer_open_no_more_connections_than_there_are_threads(rabbitmq: RabbitMQ) -> None:
    with rabbitmq.vhost() as url:
        declare(Plan.for_targets(("email",)), Access.to(url))
        with Producer(url) as producer:
            before = len(_connections(rabbitmq, url))
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _: enqueue(producer, 25), range(16)))
            assert len(_connections(rabbitmq, url)) - before <= 4


async def test_many_events_do_not_wait_for_each_others_confirms(url: str) -> None:
    """On a line that takes a hundredth of a second each way, where one event after the other takes two of them."""
    one_by_one, many = 25, 1_000

    def seconds_of_each(url: str) -> tuple[float, float]:
        requests = ({"kind": "invoice.ready", "to": f"u{number}@example.com"} for number in range(many))
        with Producer(url) as producer:
            enqueue(producer, 1)
            single = _seconds(lambda: enqueue(producer, one_by_one)) / one_by_one
            return single, _seconds(lambda: producer.enqueue_many(requests)) / many

    async with proxied(url) as line:
        line.delay_seconds = 0.01
        single, windowed = await asyncio.to_thread(seconds_of_each, line.url())
    await asyncio.to_thread(await_depth, url, 1 + one_by_one + many)
    assert single >= 0.02
    assert windowed < single / 2


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
