"""The network between a process and RabbitMQ dies: with a reset, or without a word."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from columba_consumers.broker.rabbit import RabbitOptions
from columba_consumers.errors import BrokerLost
from columba_shared.publishing import Unroutable

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, message, numbered
from tests.live.broker.opened import opened
from tests.live.broker.proxy import Proxy, proxied
from tests.live.broker.waiting import until


@pytest.fixture
async def network(options: RabbitOptions) -> AsyncIterator[Proxy]:
    """The only way to the broker."""
    async with proxied(options.url) as proxy:
        yield proxy


async def test_after_a_reset_receiving_and_publishing_go_on(network: Proxy, options: RabbitOptions) -> None:
    async with opened(replace(options, url=network.url())) as broker:
        collector = Collector.acking(broker)
        await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
        await broker.publish(message(b"before"))
        await collector.until(1)
        network.cut()
        await until(lambda: not broker.healthy)
        await broker.publish(message(b"after"))
        # The ack of the first may have died with its connection, so that it comes once more.
        await collector.until_true(lambda: b"after" in collector.bodies)
    assert network.accepted == 4


async def test_a_late_confirm_is_never_taken_for_another_messages(network: Proxy, options: RabbitOptions) -> None:
    impatient = replace(options, url=network.url(), confirm_timeout=timedelta(seconds=3))
    async with opened(impatient) as broker:
        await broker.publish(message(b"before"))
        network.freeze()
        unknown = await asyncio.gather(*(broker.publish(each) for each in numbered(3)), return_exceptions=True)
        unroutable = asyncio.create_task(broker.publish(message(target="pigeon")))
        await asyncio.sleep(0)
        network.thaw()
        with pytest.raises(Unroutable):
            await unroutable
    assert [type(result) for result in unknown] == [BrokerLost] * 3


async def test_a_connection_that_died_without_a_word_is_found_out_by_its_heartbeat(
    network: Proxy, options: RabbitOptions
) -> None:
    async with opened(replace(options, url=network.url(), heartbeat=timedelta(seconds=2))) as broker:
        collector = Collector()
        await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
        await broker.publish(message(b"unsettled"))
        await collector.until(1)
        network.freeze()
        await until(lambda: not broker.healthy, within_seconds=20)
        network.thaw()
        _, again = await collector.until(2)
        broker.ack(again)
    assert (again.body, again.redelivered) == (b"unsettled", True)


async def test_closing_over_a_dead_network_is_bounded_in_time(network: Proxy, options: RabbitOptions) -> None:
    hasty = replace(options, url=network.url(), close_timeout=timedelta(seconds=0.5))
    async with opened(hasty) as broker:
        await broker.subscribe((EMAIL,), prefetch=10, receive=Collector())
        network.freeze()
        async with asyncio.timeout(20):
            await broker.close()


async def test_opening_over_a_dead_network_is_bounded_in_time(network: Proxy, options: RabbitOptions) -> None:
    network.freeze()
    async with asyncio.timeout(20):
        with pytest.raises(BrokerLost):
            async with opened(replace(options, url=network.url(), patience=timedelta(seconds=0.5))):
                pass
