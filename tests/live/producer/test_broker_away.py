"""A broker that is gone, frozen or out of memory: every call ends in time and says what is known."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from columba_producer import PartlyEnqueued, Producer
from columba_shared.log.engine import connect
from columba_shared.log.tables import outbox
from columba_shared.publishing import BrokerAway, Message, Publisher, Unconfirmed
from columba_shared.publishing.connection import CONNECT_TIMEOUT, Access
from columba_shared.topology import IN, Plan
from columba_shared.topology.declare import declare
from columba_shared.wire import decode
from sqlalchemy import select

from tests.services.rabbitmq import RabbitMQ
from tests.system.depths import await_at_least, depth

TIMEOUT = timedelta(seconds=2)
SLACK = timedelta(seconds=10)
"""So much later a busy machine may notice; what has no limit does not end at all while the broker stands still."""


def message() -> Message:
    return Message(exchange=IN, key="email.normal", body=b"{}", message_id=uuid4(), kind="invoice.ready")


def requests(count: int) -> Iterator[dict[str, str]]:
    return ({"kind": "invoice.ready", "to": f"u{number}@example.com"} for number in range(count))


def spooled(url: str) -> list[tuple[UUID, bytes]]:
    engine = connect(url)
    with engine.connect() as connection:
        return [(row.event_id, row.body) for row in connection.execute(select(outbox).order_by(outbox.c.id))]


@contextmanager
def within(limit: timedelta) -> Iterator[None]:
    """Fail if what happens inside takes much longer than the limit."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < (limit + SLACK).total_seconds()


@contextmanager
def memory_alarm(rabbitmq: RabbitMQ) -> Iterator[None]:
    """The broker believes that it has no memory left."""
    rabbitmq.ctl("set_vm_memory_high_watermark", "0.00001")
    try:
        yield
    finally:
        rabbitmq.ctl("set_vm_memory_high_watermark", "0.4")


@contextmanager
def frozen(rabbitmq: RabbitMQ) -> Iterator[None]:
    """The broker's process stands still, and its sockets stay open."""
    pid = rabbitmq.process.pid()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def url(rabbitmq: RabbitMQ) -> Iterator[str]:
    """A virtual host of a broker to break, with the topology of email."""
    with rabbitmq.vhost() as url:
        declare(Plan.for_targets(("email",)), Access.to(url))
        rabbitmq.remember()
        yield url


@pytest.fixture
def publisher(url: str) -> Iterator[Publisher]:
    with Publisher(url, timeout=TIMEOUT) as one:
        yield one


@pytest.fixture
def outbox_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/outbox.db"


def test_a_memory_alarm_leaves_a_message_unconfirmed_in_bounded_time(rabbitmq: RabbitMQ, publisher: Publisher) -> None:
    publisher.publish(message())
    with memory_alarm(rabbitmq), within(TIMEOUT), pytest.raises(Unconfirmed, match="alarm"):
        publisher.publish(message())
    publisher.publish(message())


def test_a_memory_alarm_stops_a_long_batch_in_bounded_time(rabbitmq: RabbitMQ, publisher: Publisher) -> None:
    with memory_alarm(rabbitmq), within(TIMEOUT):
        report = publisher.publish_many(message() for _ in range(10**6))
    assert report.stopped is not None
    assert (report.confirmed, len(report.failures)) == (0, report.taken)


def test_a_frozen_broker_leaves_a_message_unconfirmed_in_bounded_time(
    rabbitmq: RabbitMQ, publisher: Publisher, url: str
) -> None:
    publisher.publish(message())
    with frozen(rabbitmq):
        with within(TIMEOUT), pytest.raises(Unconfirmed, match="no answer within 2 s"):
            publisher.publish(message())
        with within(CONNECT_TIMEOUT), pytest.raises(BrokerAway):
            publisher.publish(message())
    await_at_least(url, 1)
    publisher.publish(message())


def test_a_late_confirm_is_never_taken_for_the_next_messages(
    rabbitmq: RabbitMQ, publisher: Publisher, url: str
) -> None:
    publisher.publish(message())
    with frozen(rabbitmq), pytest.raises(Unconfirmed):
        publisher.publish(message())
    await_at_least(url, 1)
    report = publisher.publish_many(message() for _ in range(100))
    assert report.confirmed == 100
    await_at_least(url, 101)
    assert depth(url) <= 102


def test_a_killed_broker_is_a_clear_error_and_its_return_goes_unnoticed(
    rabbitmq: RabbitMQ, publisher: Publisher, url: str
) -> None:
    publisher.publish(message())
    rabbitmq.kill()
    with within(timedelta(0)), pytest.raises(BrokerAway, match="Connection refused"):
        publisher.publish(message())
    rabbitmq.start()
    await_at_least(url, 1)
    publisher.publish(message())
    await_at_least(url, 2)


def test_a_broker_killed_during_a_batch_leaves_nothing_unaccounted_for(
    rabbitmq: RabbitMQ, publisher: Publisher, url: str
) -> None:
    def killing() -> Iterator[Message]:
        for number in range(1600):
            if number == 700:
                rabbitmq.kill()
            yield message()

    report = publisher.publish_many(killing())
    assert isinstance(report.stopped, BrokerAway | Unconfirmed)
    assert 700 <= report.taken < 1600
    rabbitmq.start()
    assert report.confirmed > 0
    await_at_least(url, report.confirmed)


def test_what_a_missing_broker_does_not_take_is_spooled_as_it_travels(outbox_url: str) -> None:
    with Producer("amqp://127.0.0.1:1", name="shop", outbox=outbox_url, when_away="spool") as producer:
        event_id = producer.enqueue("invoice.ready", to="bob@example.com", context={"number": 42})
    ((row_id, body),) = spooled(outbox_url)
    event = decode(body)
    assert row_id == event.id == event_id
    assert (event.kind, event.producer, event.context) == ("invoice.ready", "shop", {"number": 42})
    assert event.created_at <= datetime.now(UTC)


def test_what_a_frozen_broker_leaves_unconfirmed_is_spooled_under_the_same_id(
    rabbitmq: RabbitMQ, url: str, outbox_url: str
) -> None:
    with Producer(url, timeout=TIMEOUT, outbox=outbox_url, when_away="spool") as producer:
        before = producer.enqueue("invoice.ready", to="bob@example.com")  # where the broker is late, it is spooled
        with frozen(rabbitmq):
            event_id = producer.enqueue("invoice.ready", to="bob@example.com")
    assert [row_id for row_id, _ in spooled(outbox_url) if row_id != before] == [event_id]


def test_a_batch_that_loses_the_broker_is_spooled_to_its_end(rabbitmq: RabbitMQ, url: str, outbox_url: str) -> None:
    def killing() -> Iterator[dict[str, str]]:
        for number, request in enumerate(requests(1600)):
            if number == 700:
                rabbitmq.kill()
            yield request

    with Producer(url, timeout=TIMEOUT, outbox=outbox_url, when_away="spool") as producer:
        ids = producer.enqueue_many(killing())
    rabbitmq.start()
    kept = {row_id for row_id, _ in spooled(outbox_url)}
    assert kept < set(ids)
    await_at_least(url, 1600 - len(kept))


def test_without_a_spool_a_missing_broker_says_what_was_not_tried() -> None:
    with Producer("amqp://127.0.0.1:1") as producer, pytest.raises(PartlyEnqueued) as caught:
        producer.enqueue_many(requests(100))
    assert ([failure.index for failure in caught.value.failures], caught.value.untried) == ([0], 1)
