"""RabbitMQ is restarted or killed while one process publishes to it and receives from it."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions
from columba_consumers.errors import BrokerLost

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, SMS, message, numbered
from tests.live.broker.opened import opened
from tests.live.broker.waiting import until
from tests.services.rabbitmq import RabbitMQ

PREFETCH = 50
BEFORE = 200


class Stream:
    """Publishes one message after the other until told to stop, and remembers which the broker confirmed."""

    def __init__(self, broker: RabbitBroker) -> None:
        self.confirmed: list[bytes] = []
        self.unknown: list[bytes] = []
        self._broker = broker
        self._stopped = False

    async def run(self) -> None:
        """Publish."""
        number = BEFORE
        while not self._stopped:
            body = b"%d" % number
            number += 1
            try:
                await self._broker.publish(message(body))
            except BrokerLost:
                self.unknown.append(body)
            else:
                self.confirmed.append(body)

    def stop(self) -> None:
        """Let the current one be the last."""
        self._stopped = True


def restart(rabbitmq: RabbitMQ) -> None:
    """Stop in good order, start again."""
    rabbitmq.restart()


def kill(rabbitmq: RabbitMQ) -> None:
    """Kill, start again."""
    rabbitmq.remember()
    rabbitmq.kill()
    rabbitmq.start()


@pytest.mark.parametrize("fault", [restart, kill])
async def test_what_was_confirmed_is_received_and_what_was_acked_does_not_come_again(
    rabbitmq: RabbitMQ, options: RabbitOptions, fault: Callable[[RabbitMQ], None]
) -> None:
    async with opened(options) as broker:
        collector = Collector.acking(broker)
        await broker.subscribe((EMAIL, SMS), prefetch=PREFETCH, receive=collector)
        await asyncio.gather(*(broker.publish(each) for each in numbered(BEFORE)))
        await collector.until(BEFORE)
        stream = Stream(broker)
        streaming = asyncio.create_task(stream.run())
        await collector.until(BEFORE + 10)
        await asyncio.to_thread(fault, rabbitmq)
        await until(lambda: broker.healthy, within_seconds=60)
        confirmed_then = len(stream.confirmed)
        await until(lambda: len(stream.confirmed) > confirmed_then + 10, within_seconds=60)
        stream.stop()
        await streaming
        await collector.until_true(lambda: set(stream.confirmed) <= set(collector.bodies))
    times = Counter(collector.bodies)
    assert len({each.generation for each in collector.received if each.queue == EMAIL}) > 1, "the fault did not happen"
    assert [body for body in map(b"%d".__mod__, range(BEFORE)) if times[body] != 1] == []
    assert sum(count - 1 for count in times.values()) <= PREFETCH


async def test_while_the_broker_is_down_a_publish_waits_for_it_and_closing_fails_what_waits_at_once(
    rabbitmq: RabbitMQ, options: RabbitOptions
) -> None:
    async with opened(options) as broker, opened(options) as leaving:
        await broker.publish(message(b"before"))
        await leaving.subscribe((EMAIL,), prefetch=10, receive=Collector())
        await asyncio.to_thread(rabbitmq.stop)
        publishing, lost = (asyncio.create_task(each.publish(message(b"during"))) for each in (broker, leaving))
        await until(lambda: not leaving.healthy)
        async with asyncio.timeout(20):
            await leaving.close()
            (result,) = await asyncio.gather(lost, return_exceptions=True)
        assert type(result) is BrokerLost
        await asyncio.to_thread(rabbitmq.start)
        await publishing
        collector = Collector.acking(broker)
        await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
        await collector.until(2)
    assert collector.bodies == [b"before", b"during"]
