"""What a broker promises about messages that were acked, handed back, or neither."""

from collections.abc import Awaitable, Callable

from columba_consumers.broker.broker import Broker, Received

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, message, numbered

Left = Callable[[], Awaitable[list[Received]]]


async def received_by(broker: Broker, count: int) -> list[Received]:
    """Publish that many messages and receive them, settling none."""
    collector = Collector()
    await broker.subscribe((EMAIL,), prefetch=100, receive=collector)
    for each in numbered(count):
        await broker.publish(each)
    return list(await collector.until(count))


async def test_an_acked_message_never_comes_again(broker: Broker, left_after_closing: Left) -> None:
    for received in await received_by(broker, 3):
        broker.ack(received)
    assert await left_after_closing() == []


async def test_an_unsettled_message_comes_again_marked_as_redelivered(broker: Broker, left_after_closing: Left) -> None:
    await received_by(broker, 1)
    (again,) = await left_after_closing()
    assert (again.body, again.key, again.headers["columba-claim"]) == (b"0", "email.normal", 1)
    assert again.redelivered is True


async def test_acks_in_any_order_settle_exactly_what_they_name(broker: Broker, left_after_closing: Left) -> None:
    received = await received_by(broker, 12)
    for number in (5, 0, 1, 11, 3, 8, 9):
        broker.ack(received[number])
    left = await left_after_closing()
    assert sorted(int(each.body) for each in left) == [2, 4, 6, 7, 10]


async def test_a_message_handed_back_comes_again_marked_as_redelivered(broker: Broker) -> None:
    first_time: list[Received] = []

    def hand_back_once(received: Received) -> None:
        if received.redelivered:
            broker.ack(received)
        else:
            first_time.append(received)
            broker.hand_back(received)

    collector = Collector(hand_back_once)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await broker.publish(message(b"boomerang"))
    await collector.until(2)
    assert collector.bodies == [b"boomerang", b"boomerang"]
    assert [each.redelivered for each in collector.received] == [False, True]


async def test_acking_twice_settles_no_neighbour(broker: Broker, left_after_closing: Left) -> None:
    received = await received_by(broker, 3)
    for _ in range(2):
        broker.ack(received[1])
        # The first ack is on its way before the second.
        await broker.publish(message(b"3"))
    left = await left_after_closing()
    assert sorted({int(each.body) for each in left}) == [0, 2, 3]


async def test_acking_twice_costs_the_neighbours_nothing(broker: Broker) -> None:
    collector = Collector()
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    for each in numbered(2):
        await broker.publish(each)
    first, second = await collector.until(2)
    broker.ack(first)
    await broker.publish(message(b"2"))
    broker.ack(first)
    await broker.publish(message(b"3"))
    await collector.until(4)
    broker.ack(second)
    assert [each.redelivered for each in collector.received] == [False] * 4


async def test_handing_back_what_was_acked_returns_nothing(broker: Broker, left_after_closing: Left) -> None:
    (received,) = await received_by(broker, 1)
    broker.ack(received)
    broker.hand_back(received)
    assert await left_after_closing() == []


async def test_acking_what_was_handed_back_does_not_settle_its_next_copy(broker: Broker) -> None:
    collector = Collector()
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await broker.publish(message())
    (first,) = await collector.until(1)
    broker.hand_back(first)
    broker.ack(first)
    _, again = await collector.until(2)
    assert again.redelivered is True


async def test_an_ack_from_before_closing_settles_nothing_afterwards(broker: Broker) -> None:
    (old,) = await received_by(broker, 1)
    await broker.close()
    await broker.open()
    collector = Collector()
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    (received,) = await collector.until(1)
    broker.ack(old)
    broker.hand_back(received)
    await collector.until(2)
    assert collector.bodies == [b"0", b"0"]
