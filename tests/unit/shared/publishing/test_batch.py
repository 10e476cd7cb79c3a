"""A batch: bounded in time whatever the broker does, and exact about what became of each message."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import amqp
import pytest
from columba_shared.publishing import BrokerAway, Message, Refused, Unconfirmed, Unroutable
from columba_shared.publishing import batch as module
from columba_shared.publishing.batch import Batch
from columba_shared.publishing.report import Report

from tests.unit.shared.publishing.broker_double import Clock, Pool, Sender

TIMEOUT = timedelta(seconds=5)


def message(number: int) -> Message:
    return Message(
        exchange="columba", key="email.normal", body=b"{}", message_id=UUID(int=number), kind="invoice.ready"
    )


def confirm(sender: Sender, tag: int, message: Message) -> None:
    del message
    sender.heard.append(lambda: sender.channel.ack(tag))


def silence(sender: Sender, tag: int, message: Message) -> None:
    """Say nothing."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(pool: Pool, clock: Clock, messages: Iterator[Message]) -> Report:
    return Batch(pool, timeout=TIMEOUT, clock=clock).run(messages)  # type: ignore[arg-type]  # a pool of the test's own


def many(count: int) -> Iterator[Message]:
    return (message(number) for number in range(count))


def outcomes(report: Report) -> list[tuple[int, type[Exception]]]:
    return [(failure.index, type(failure.error)) for failure in report.failures]


def test_what_is_confirmed_is_reported_so_and_the_connection_kept(clock: Clock) -> None:
    sender = Sender(clock, confirm)
    pool = Pool([sender])
    report = run(pool, clock, many(1200))
    assert (report.taken, report.confirmed, report.stopped) == (1200, 1200, None)
    assert pool.kept == [sender]


def test_no_more_than_a_window_is_ever_open(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW", 10)
    widest = 0

    def watch(sender: Sender, tag: int, message: Message) -> None:
        nonlocal widest
        widest = max(widest, len(sender.window))
        confirm(sender, tag, message)

    assert run(Pool([Sender(clock, watch)]), clock, many(100)).confirmed == 100
    assert widest <= 11


def test_no_messages_open_no_connection(clock: Clock) -> None:
    assert run(Pool([]), clock, many(0)) == Report(taken=0)


def test_without_a_broker_the_first_message_fails_and_the_rest_is_not_taken(clock: Clock) -> None:
    messages = many(10)
    report = run(Pool([]), clock, messages)
    assert (report.taken, outcomes(report)) == (1, [(0, BrokerAway)])
    assert isinstance(report.stopped, BrokerAway)
    assert len(list(messages)) == 9


def test_silence_ends_after_one_timeout_with_everything_open_unconfirmed(clock: Clock) -> None:
    sender = Sender(clock, silence)
    pool = Pool([sender])
    report = run(pool, clock, many(3))
    assert outcomes(report) == [(0, Unconfirmed), (1, Unconfirmed), (2, Unconfirmed)]
    assert TIMEOUT.total_seconds() <= clock.now - 100 < TIMEOUT.total_seconds() + 0.1
    assert (pool.kept, pool.abandoned) == ([], [sender])


def test_silence_stops_an_endless_batch(clock: Clock) -> None:
    report = run(Pool([Sender(clock, silence)]), clock, many(10**9))
    assert report.taken == module.WINDOW + 1
    assert isinstance(report.stopped, Unconfirmed)


def test_a_slow_iterable_does_not_count_as_silence(clock: Clock) -> None:
    def slowly() -> Iterator[Message]:
        for each in many(5):
            clock.now += 60
            yield each

    assert run(Pool([Sender(clock, confirm)]), clock, slowly()).confirmed == 5


def test_silence_is_noticed_even_when_the_iterable_is_slow(clock: Clock) -> None:
    def slowly() -> Iterator[Message]:
        for each in many(1000):
            clock.now += 1
            yield each

    report = run(Pool([Sender(clock, silence)]), clock, slowly())
    assert report.taken < 10
    assert isinstance(report.stopped, Unconfirmed)


def test_a_blocked_broker_gets_nothing_more_and_the_batch_ends(clock: Clock) -> None:
    def block(sender: Sender, tag: int, message: Message) -> None:
        confirm(sender, tag, message)
        sender.connection.blocked = tag == 2

    sender = Sender(clock, block)
    report = run(Pool([sender]), clock, many(10))
    assert (sender.count, report.taken, outcomes(report)) == (2, 3, [(2, BrokerAway)])
    assert clock.now - 100 < TIMEOUT.total_seconds() + 0.1


def test_a_broker_that_unblocks_in_time_gets_the_rest(clock: Clock) -> None:
    def block(sender: Sender, tag: int, message: Message) -> None:
        confirm(sender, tag, message)
        if tag == 2:
            sender.connection.blocked = True
            sender.heard.append(lambda: setattr(sender.connection, "blocked", False))

    assert run(Pool([Sender(clock, block)]), clock, many(10)).confirmed == 10


def lose_after(count: int, error: Exception) -> Callable[[Sender, int, Message], None]:
    def reply(sender: Sender, tag: int, message: Message) -> None:
        if tag > count:
            raise error
        sender.heard.append(lambda: sender.channel.ack(tag))
        sender.drain(0)
        del message

    return reply


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("reset"),
        amqp.RecoverableConnectionError("gone"),
        amqp.ConnectionForced("CONNECTION_FORCED - broker forced connection closure"),
        socket.gaierror("no such host"),
        AttributeError("'NoneType' object has no attribute 'drain_events'"),
    ],
)
def test_after_a_lost_connection_the_rest_goes_over_another(clock: Clock, error: Exception) -> None:
    first, second = Sender(clock, lose_after(3, error)), Sender(clock, confirm)
    pool = Pool([first, second])
    report = run(pool, clock, many(10))
    assert (report.taken, outcomes(report), report.stopped) == (10, [(3, Unconfirmed)], None)
    assert (pool.abandoned, pool.kept) == ([first], [second])


def test_in_order_nothing_follows_what_nobody_knows_to_have_arrived(clock: Clock) -> None:
    first, second = Sender(clock, lose_after(3, ConnectionResetError("reset"))), Sender(clock, confirm)
    messages = many(10)
    batch = Batch(Pool([first, second]), timeout=TIMEOUT, clock=clock, in_order=True)  # type: ignore[arg-type]  # as above
    report = batch.run(messages)
    assert (report.taken, outcomes(report), second.count) == (4, [(3, Unconfirmed)], 0)
    assert isinstance(report.stopped, Unconfirmed)
    assert len(list(messages)) == 6


def test_a_connection_lost_before_any_confirm_ends_the_batch(clock: Clock) -> None:
    report = run(Pool([Sender(clock, lose_after(0, ConnectionResetError())), Sender(clock, confirm)]), clock, many(10))
    assert (report.taken, outcomes(report)) == (1, [(0, Unconfirmed)])


def test_a_missing_exchange_is_unroutable_when_only_one_message_is_meant(clock: Clock) -> None:
    report = run(Pool([Sender(clock, lose_after(0, amqp.NotFound("no exchange")))]), clock, many(1))
    assert outcomes(report) == [(0, Unroutable)]


def test_missing_rights_are_a_refusal(clock: Clock) -> None:
    report = run(Pool([Sender(clock, lose_after(0, amqp.AccessRefused("access to exchange refused")))]), clock, many(1))
    assert outcomes(report) == [(0, Refused)]


def test_an_error_of_the_iterable_passes_through_once_the_rest_is_settled(clock: Clock) -> None:
    def broken() -> Iterator[Message]:
        yield from many(3)
        raise LookupError("no more")

    sender = Sender(clock, confirm)
    pool = Pool([sender])
    with pytest.raises(LookupError, match="no more"):
        run(pool, clock, broken())
    assert (pool.kept, len(sender.window)) == ([sender], 0)


def test_a_batch_of_failures_stops_before_memory_runs_out(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FAILURES", 20)

    def refuse(sender: Sender, tag: int, message: Message) -> None:
        del message
        sender.channel.nack(tag)

    report = run(Pool([Sender(clock, refuse)]), clock, many(10**9))
    assert (report.taken, len(report.failures)) == (20, 20)
    assert isinstance(report.stopped, Refused)


def test_the_original_error_stays_the_cause(clock: Clock) -> None:
    error = ConnectionResetError("reset")
    report = run(Pool([Sender(clock, lose_after(0, error))]), clock, many(1))
    assert report.failures[0].error.__cause__ is error
