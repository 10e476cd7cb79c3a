"""What publishing to the real broker means: confirmed, refused, held back, or unknown, and never mistaken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions
from columba_consumers.errors import BrokerLost, Refused
from columba_shared.publishing import Unroutable
from columba_shared.publishing.connection import Access
from columba_shared.topology import IN
from columba_shared.topology.declare import declare
from columba_shared.topology.plan import BindingPlan, Plan, QueuePlan

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, message, numbered
from tests.live.broker.opened import opened
from tests.services.rabbitmq import RabbitMQ


def declare_full_queue(url: str) -> None:
    """Declare a queue that takes one message for the target `full` and refuses the next."""
    arguments = {"x-queue-type": "classic", "x-max-length": 1, "x-overflow": "reject-publish"}
    plan = Plan(
        exchanges=(),
        queues=(QueuePlan(name="full", arguments=arguments),),
        bindings=(BindingPlan(source=IN, key="full.#", queue="full"),),
    )
    declare(plan, Access.to(url))


@asynccontextmanager
async def memory_alarm(rabbitmq: RabbitMQ) -> AsyncIterator[None]:
    """Have the broker believe that it runs out of memory."""
    watermark = "vm_memory_monitor:set_vm_memory_high_watermark({})"
    alarmed = "[_ | _] = rabbit_alarm:get_alarms()"
    await asyncio.to_thread(rabbitmq.eval, f"{watermark.format('0.00001')}, {alarmed}")
    try:
        yield
    finally:
        await asyncio.to_thread(rabbitmq.eval, watermark.format("0.4"))


async def test_a_message_that_the_queue_refuses_is_refused_and_its_neighbours_are_not(
    broker: RabbitBroker, amqp_url: str
) -> None:
    await asyncio.to_thread(declare_full_queue, amqp_url)
    await broker.publish(message(target="full"))
    messages = [message(b"0"), message(target="full"), message(b"1"), message(target="pigeon"), message(b"2")]
    results = await asyncio.gather(*(broker.publish(each) for each in messages), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), Refused, type(None), Unroutable, type(None)]


async def test_an_exchange_that_does_not_exist_is_an_error_and_the_next_publish_works(broker: RabbitBroker) -> None:
    with pytest.raises(BrokerLost, match=r"no exchange .columba\.nowhere"):
        await broker.publish(message(exchange="columba.nowhere"))
    await broker.publish(message(b"next"))
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await collector.until(1)
    assert collector.bodies == [b"next"]


async def test_what_cannot_travel_is_refused_and_sent_nowhere(broker: RabbitBroker) -> None:
    too_long = replace(message(), key="k" * 256)
    with pytest.raises(Refused):
        await broker.publish(too_long)
    await broker.publish(message(b"next"))


async def test_cancelling_a_publish_disturbs_no_other(broker: RabbitBroker) -> None:
    publishing = [asyncio.create_task(broker.publish(each)) for each in numbered(20)]
    await asyncio.sleep(0)
    publishing[3].cancel()
    results = await asyncio.gather(*publishing, return_exceptions=True)
    assert [type(result) for number, result in enumerate(results) if number != 3] == [type(None)] * 19
    await broker.publish(message(b"next"))


async def test_during_a_memory_alarm_publishes_wait_and_receiving_and_settling_go_on(
    broker: RabbitBroker, rabbitmq: RabbitMQ
) -> None:
    collector = Collector()
    await broker.subscribe((EMAIL,), prefetch=1, receive=collector)
    for each in numbered(2):
        await broker.publish(each)
    (first,) = await collector.until(1)
    async with memory_alarm(rabbitmq):
        publishing = [asyncio.create_task(broker.publish(each)) for each in numbered(10)]
        broker.ack(first)
        # The second message comes only if the broker has taken the ack of the first.
        await collector.until(2)
        waiting = [not each.done() for each in publishing]
    await asyncio.gather(*publishing)
    assert waiting == [True] * 10


async def test_an_alarm_may_last_longer_than_a_confirm(
    options: RabbitOptions, redeclare: object, rabbitmq: RabbitMQ
) -> None:
    del redeclare
    async with opened(replace(options, confirm_timeout=timedelta(seconds=4))) as broker:
        await broker.publish(message())
        async with memory_alarm(rabbitmq):
            publishing = [asyncio.create_task(broker.publish(each)) for each in numbered(3)]
            failed, _ = await asyncio.wait(publishing, timeout=7)
        await asyncio.gather(*publishing)
    assert failed == set()


async def test_an_alarm_that_outlasts_the_patience_makes_publishes_fail_and_later_ones_work(
    options: RabbitOptions, redeclare: object, rabbitmq: RabbitMQ
) -> None:
    del redeclare
    async with opened(replace(options, blocked_timeout=timedelta(seconds=1))) as broker:
        async with memory_alarm(rabbitmq):
            results = await asyncio.gather(*(broker.publish(each) for each in numbered(3)), return_exceptions=True)
        await broker.publish(message(b"later"))
    assert [type(result) for result in results] == [BrokerLost] * 3


async def test_closing_during_an_alarm_is_bounded_in_time(
    options: RabbitOptions, redeclare: object, rabbitmq: RabbitMQ
) -> None:
    del redeclare
    async with opened(replace(options, close_timeout=timedelta(seconds=0.5))) as broker:
        await broker.publish(message())
        async with memory_alarm(rabbitmq):
            publishing = asyncio.create_task(broker.publish(message()))
            await asyncio.sleep(0)
            async with asyncio.timeout(30):
                await broker.close()
                (result,) = await asyncio.gather(publishing, return_exceptions=True)
    assert type(result) is BrokerLost
