"""A RabbitBroker on a virtual host of its own, and a broker node that a test may upset."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions
from columba_shared.publishing.connection import Access
from columba_shared.topology.declare import declare

from tests.contract.broker.messages import small_plan
from tests.live.broker.opened import opened

Redeclare = Callable[[], None]


@pytest.fixture
def redeclare(amqp_url: str) -> Redeclare:
    """The topology, declared once, and again whenever a test asks."""

    def again() -> None:
        declare(small_plan(), Access.to(amqp_url))

    again()
    return again


@pytest.fixture
def options(amqp_url: str) -> RabbitOptions:
    """Options with short waits."""
    return RabbitOptions(
        url=amqp_url,
        confirm_timeout=timedelta(seconds=5),
        patience=timedelta(seconds=10),
        close_timeout=timedelta(seconds=3),
        look_every=timedelta(seconds=0.5),
    )


@pytest.fixture
async def broker(options: RabbitOptions, redeclare: Redeclare) -> AsyncIterator[RabbitBroker]:
    """An open broker."""
    del redeclare
    async with opened(options) as broker:
        yield broker
