"""Every test of the brokers runs once on the embedded one and once on RabbitMQ."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from columba_consumers.broker.broker import Broker, Received
from columba_consumers.broker.embedded import EmbeddedBroker
from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions
from columba_shared.publishing.connection import Access
from columba_shared.topology.declare import declare

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, message, small_plan

BROKERS = ("embedded", "rabbitmq")
_LAST = b"the last one"


@pytest.fixture(params=BROKERS)
def make_broker(request: pytest.FixtureRequest) -> Callable[[], Broker]:
    """A maker of closed brokers that all look at the same queues."""
    plan = small_plan()
    if request.param == "embedded":
        only = EmbeddedBroker(plan)
        return lambda: only
    url: str = request.getfixturevalue("amqp_url")
    declare(plan, Access.to(url))
    return lambda: RabbitBroker(RabbitOptions(url=url))


@pytest.fixture
async def broker(make_broker: Callable[[], Broker]) -> AsyncIterator[Broker]:
    """An open broker."""
    broker = make_broker()
    await broker.open()
    yield broker
    await broker.close()


@pytest.fixture
def left_after_closing(make_broker: Callable[[], Broker], broker: Broker) -> Callable[[], Awaitable[list[Received]]]:
    """What comes again from the email queue once the broker was closed, in order."""

    async def look() -> list[Received]:
        await broker.close()
        again = make_broker()
        await again.open()
        try:
            await again.publish(message(_LAST))
            collector = Collector.acking(again)
            await again.subscribe((EMAIL,), prefetch=100, receive=collector)
            await collector.until_true(lambda: _LAST in collector.bodies)
            return [received for received in collector.received if received.body != _LAST]
        finally:
            await again.close()

    return look
