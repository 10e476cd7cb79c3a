"""What a broker promises to those who receive."""

import asyncio

from columba_consumers.broker.broker import Broker, Received
from columba_shared.envelope import Envelope

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, SMS, message, numbered


async def test_a_message_is_received_as_it_was_published(broker: Broker) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    envelope = Envelope(claim=3, revision=7, suspect=True, reason="ünlucky", trace={"traceparent": "00-1-2-01"})
    await broker.publish(message('{"name": "Łukasz \N{DOVE OF PEACE}"}'.encode(), envelope=envelope))
    (received,) = await collector.until(1)
    assert received.body.decode() == '{"name": "Łukasz \N{DOVE OF PEACE}"}'
    assert Envelope.from_headers(received.headers) == envelope
    assert (received.queue, received.key, received.content_type) == (EMAIL, "email.normal", "application/json")
    assert received.redelivered is False


async def test_messages_of_a_queue_come_in_the_order_of_publishing(broker: Broker) -> None:
    for each in numbered(50):
        await broker.publish(each)
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=7, receive=collector)
    await collector.until(50)
    assert collector.bodies == [b"%d" % number for number in range(50)]


async def test_an_empty_body_and_a_large_one_come_through(broker: Broker) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    large = bytes(range(256)) * 4096
    await broker.publish(message(b""))
    await broker.publish(message(large))
    await collector.until(2)
    empty, other = collector.bodies
    # Compared apart, lest a failure has the difference of a megabyte drawn.
    assert empty == b""
    assert (other == large) is True


async def test_no_more_than_the_prefetch_is_ever_unsettled(broker: Broker) -> None:
    unsettled: list[Received] = []
    most = 0

    def settle() -> None:
        while unsettled:
            broker.ack(unsettled.pop())

    def receive(received: Received) -> None:
        nonlocal most
        unsettled.append(received)
        most = max(most, len(unsettled))
        if len(unsettled) == 4:  # one more would come now
            asyncio.get_running_loop().call_later(0.01, settle)

    await asyncio.gather(*(broker.publish(each) for each in numbered(60)))
    collector = Collector(receive)
    await broker.subscribe((EMAIL,), prefetch=4, receive=collector)
    await collector.until(60)
    assert most == 4


async def test_a_queue_whose_messages_wait_holds_back_no_other(broker: Broker) -> None:
    settled_never = Collector()
    await broker.subscribe((EMAIL, SMS), prefetch=2, receive=settled_never)
    for each in numbered(5):
        await broker.publish(each)
    await settled_never.until(2)
    await broker.publish(message(b"for sms", target="sms"))
    await settled_never.until_true(lambda: b"for sms" in settled_never.bodies)
    assert settled_never.bodies == [b"0", b"1", b"for sms"]


async def test_a_receiver_that_raises_gets_its_message_again_and_all_the_others(broker: Broker) -> None:
    failed: list[Received] = []

    def fail_once(received: Received) -> None:
        if received.body == b"1" and not failed:
            failed.append(received)
            raise ZeroDivisionError
        broker.ack(received)

    collector = Collector(fail_once)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    for each in numbered(3):
        await broker.publish(each)
    await collector.until(4)
    assert collector.bodies == [b"0", b"1", b"2", b"1"]
    assert collector.received[-1].redelivered is True


async def test_a_broker_that_receives_says_that_it_is_healthy(broker: Broker) -> None:
    await broker.subscribe((EMAIL, SMS), prefetch=1, receive=Collector())
    assert broker.healthy is True
