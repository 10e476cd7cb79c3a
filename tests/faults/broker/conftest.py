"""Options for brokers that are about to be broken."""

from datetime import timedelta

import pytest
from columba_consumers.broker.rabbit import RabbitOptions
from columba_shared.publishing.connection import Access
from columba_shared.topology.declare import declare

from tests.contract.broker.messages import small_plan


@pytest.fixture
def options(amqp_url: str) -> RabbitOptions:
    """Options for a virtual host that has its queues; patient enough for a restart."""
    declare(small_plan(), Access.to(amqp_url))
    return RabbitOptions(
        url=amqp_url,
        patience=timedelta(seconds=60),
        close_timeout=timedelta(seconds=3),
        longest_pause=timedelta(seconds=2),
    )
