"""Whatever the real broker does to a consumer: it receives again, and the others never notice."""

import asyncio
from collections.abc import Callable

import amqp
from columba_consumers.broker.broker import Received
from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, SMS, message, numbered
from tests.live.broker.opened import opened
from tests.live.broker.waiting import until
from tests.services.rabbitmq import RabbitMQ

Redeclare = Callable[[], None]


def vhost_of(url: str) -> str:
    """Return the virtual host in a URL."""
    return url.rpartition("/")[2]


def delete_queue(url: str, queue: str) -> None:
    """Delete a queue as an operator would."""
    host, _, _ = url.removeprefix("amqp://guest:guest@").partition("/")
    with amqp.Connection(host, virtual_host=vhost_of(url)) as connection:
        connection.channel().queue_delete(queue)


def close_connections(rabbitmq: RabbitMQ, url: str) -> None:
    """Close every connection to the virtual host as an operator would."""
    rabbitmq.eval(
        f'[_ | _] = [ok = rabbit_networking:close_connection(Pid, "spring cleaning") '
        f'|| [{{pid, Pid}}, {{vhost, <<"{vhost_of(url)}">>}}] <- rabbit_networking:connection_info_all([pid, vhost])]'
    )


def forget_consumers(rabbitmq: RabbitMQ, url: str, queue: str) -> None:
    """Make a quorum queue forget its consumers and tell nobody, as happens to those that subscribe while it goes."""
    rabbitmq.eval(
        f'{{ok, Queue}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"{vhost_of(url)}">>, queue, <<"{queue}">>)), '
        "[_ | _] = [{ok, _, _} = ra:process_command(amqqueue:get_pid(Queue), rabbit_fifo:make_checkout("
        "{element(2, Consumer), element(1, Consumer)}, cancel, #{})) || Consumer <- rabbit_amqqueue:consumers(Queue)]"
    )


async def test_a_queue_that_is_deleted_and_declared_again_is_received_from_again(
    broker: RabbitBroker, amqp_url: str, redeclare: Redeclare
) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await broker.publish(message(b"before"))
    await collector.until(1)
    await asyncio.to_thread(delete_queue, amqp_url, EMAIL)
    await until(lambda: not broker.healthy)
    await asyncio.to_thread(redeclare)
    await until(lambda: broker.healthy)
    await broker.publish(message(b"after"))
    await collector.until(2)
    assert collector.bodies == [b"before", b"after"]


async def test_a_consumer_that_the_broker_has_forgotten_subscribes_again(
    broker: RabbitBroker, amqp_url: str, rabbitmq: RabbitMQ
) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await broker.publish(message(b"before"))
    await collector.until(1)
    await asyncio.to_thread(forget_consumers, rabbitmq, amqp_url, EMAIL)
    await broker.publish(message(b"after"))
    await collector.until(2)
    assert collector.bodies == [b"before", b"after"]


async def test_one_of_two_consumers_that_the_broker_has_forgotten_takes_its_share_again(
    broker: RabbitBroker, amqp_url: str, rabbitmq: RabbitMQ, options: RabbitOptions
) -> None:
    forgotten, busy = Collector.acking(broker), Collector()
    await broker.subscribe((EMAIL,), prefetch=10, receive=forgotten)
    await asyncio.to_thread(forget_consumers, rabbitmq, amqp_url, EMAIL)
    async with opened(options) as other:
        await other.subscribe((EMAIL,), prefetch=1, receive=busy)
        for each in numbered(5):
            await broker.publish(each)
        await busy.until(1)
        await forgotten.until(4)


async def test_while_a_queue_is_missing_the_others_are_received_from(broker: RabbitBroker, amqp_url: str) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL, SMS), prefetch=10, receive=collector)
    await asyncio.to_thread(delete_queue, amqp_url, EMAIL)
    await until(lambda: not broker.healthy)
    for each in numbered(20, target="sms"):
        await broker.publish(each)
    await collector.until(20)
    assert broker.healthy is False


async def test_a_queue_missing_from_the_start_is_received_from_once_it_is_there(
    broker: RabbitBroker, amqp_url: str, redeclare: Redeclare
) -> None:
    await asyncio.to_thread(delete_queue, amqp_url, EMAIL)
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    deaf = not broker.healthy
    await asyncio.to_thread(redeclare)
    await until(lambda: broker.healthy)
    await broker.publish(message(b"here I am"))
    await collector.until(1)
    assert deaf is True


async def test_a_consumer_that_was_paused_stays_paused_when_its_queue_comes_back(
    broker: RabbitBroker, amqp_url: str, redeclare: Redeclare
) -> None:
    collector = Collector.acking(broker)
    subscription = await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await subscription.pause()
    await asyncio.to_thread(delete_queue, amqp_url, EMAIL)
    await asyncio.to_thread(redeclare)
    await broker.publish(message(b"during"))
    paused = list(collector.bodies)
    await subscription.resume()
    await collector.until(1)
    assert paused == []


async def test_connections_closed_by_the_broker_are_opened_again(
    broker: RabbitBroker, rabbitmq: RabbitMQ, amqp_url: str
) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL, SMS), prefetch=10, receive=collector)
    await broker.publish(message(b"before"))
    await collector.until(1)
    closing = asyncio.create_task(asyncio.to_thread(close_connections, rabbitmq, amqp_url))
    await until(lambda: not broker.healthy)  # which may be over before the command has ended
    await closing
    await until(lambda: broker.healthy)
    await broker.publish(message(b"after"))
    await broker.publish(message(b"and sms", target="sms"))
    await collector.until(3)
    assert sorted(collector.bodies) == [b"after", b"and sms", b"before"]


async def test_acks_for_a_connection_that_is_gone_are_dropped_and_the_message_comes_again(
    broker: RabbitBroker, rabbitmq: RabbitMQ, amqp_url: str
) -> None:
    collector = Collector()
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    for each in numbered(3):
        await broker.publish(each)
    old = list(await collector.until(3))
    await asyncio.to_thread(close_connections, rabbitmq, amqp_url)
    again = list(await collector.until(6))[3:]
    for received in old:
        broker.ack(received)
    # Had an old ack settled a new copy, that copy could not be handed back.
    for received in again:
        broker.hand_back(received)
    await collector.until(9)
    assert [(each.body, each.redelivered) for each in again] == [(b"0", True), (b"1", True), (b"2", True)]


async def test_a_message_kept_too_long_costs_its_own_queue_a_channel_and_no_other(
    rabbitmq: RabbitMQ, broker: RabbitBroker
) -> None:
    """RabbitMQ closes the channel of whoever keeps a message beyond `consumer_timeout`, half an hour by default."""
    set_limits = "application:set_env(rabbit, {}, {}), application:set_env(rabbit, {}, {})"
    rabbitmq.eval(set_limits.format("consumer_timeout", 500, "channel_tick_interval", 300))
    try:
        kept = Collector()
        acked: list[Received] = []
        await broker.subscribe((EMAIL,), prefetch=10, receive=kept)
        other = Collector(acked.append)
        await broker.subscribe((SMS,), prefetch=10, receive=other)
        await broker.publish(message(b"kept"))
        await kept.until(2)
        await until(lambda: broker.healthy)
        await broker.publish(message(b"for sms", target="sms"))
        (received,) = await other.until(1)
        broker.ack(received)
    finally:
        rabbitmq.eval(set_limits.format("consumer_timeout", 1_800_000, "channel_tick_interval", 60_000))
    assert kept.received[0].generation != kept.received[1].generation
    assert kept.received[1].redelivered is True
    assert acked[0].redelivered is False
