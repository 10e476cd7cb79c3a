"""What a broker promises about a subscription that is paused."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from columba_consumers.broker.broker import Broker, Received

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, message, numbered

Left = Callable[[], Awaitable[list[Received]]]


async def test_a_paused_subscription_receives_nothing_and_everything_once_it_is_resumed(broker: Broker) -> None:
    collector = Collector.acking(broker)
    subscription = await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await broker.publish(message(b"before"))
    await collector.until(1)
    await subscription.pause()
    for each in numbered(5):
        await broker.publish(each)
    during = list(collector.bodies)
    await subscription.resume()
    await collector.until(6)
    assert during == [b"before"]
    assert collector.bodies == [b"before", b"0", b"1", b"2", b"3", b"4"]


async def test_what_was_received_before_a_pause_is_settled_during_it(broker: Broker, left_after_closing: Left) -> None:
    collector = Collector()
    subscription = await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    for each in numbered(2):
        await broker.publish(each)
    first, _ = await collector.until(2)
    await subscription.pause()
    broker.ack(first)
    left = await left_after_closing()
    assert [each.body for each in left] == [b"1"]


async def test_pausing_in_the_middle_of_a_stream_loses_and_doubles_nothing(broker: Broker) -> None:
    collector = Collector.acking(broker)
    subscription = await broker.subscribe((EMAIL,), prefetch=5, receive=collector)
    publishing = asyncio.gather(*(broker.publish(each) for each in numbered(2000)))
    while not publishing.done():
        await subscription.pause()
        await subscription.resume()
        await asyncio.sleep(0)  # the embedded broker's pause has nothing to wait for, and so lets nobody else run
    await publishing
    await collector.until(2000)
    assert Counter(collector.bodies) == Counter(b"%d" % number for number in range(2000))


async def test_pausing_twice_and_resuming_once_receives(broker: Broker) -> None:
    collector = Collector.acking(broker)
    subscription = await broker.subscribe((EMAIL,), prefetch=5, receive=collector)
    await subscription.pause()
    await subscription.pause()
    await subscription.resume()
    await broker.publish(message(b"again"))
    await collector.until(1)
    assert collector.bodies == [b"again"]


async def test_a_paused_broker_is_healthy(broker: Broker) -> None:
    subscription = await broker.subscribe((EMAIL,), prefetch=5, receive=Collector())
    await subscription.pause()
    assert broker.healthy is True
