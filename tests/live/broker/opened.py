"""A RabbitBroker that is closed whatever happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions


@asynccontextmanager
async def opened(options: RabbitOptions) -> AsyncIterator[RabbitBroker]:
    """Open a broker, and close it in the end."""
    broker = RabbitBroker(options)
    await broker.open()
    try:
        yield broker
    finally:
        await broker.close()
