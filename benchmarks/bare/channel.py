"""A bare channel: pika on the running loop, with nothing around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pika
from pika.adapters.asyncio_connection import AsyncioConnection

PREFETCH: Final = 500


@asynccontextmanager
async def open_channel(broker_url: str) -> AsyncIterator[Any]:
    """Lend a channel that is sent up to ``PREFETCH`` messages at once."""
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[Any] = loop.create_future()
    limited: asyncio.Future[Any] = loop.create_future()
    closed: asyncio.Future[Any] = loop.create_future()
    connection = AsyncioConnection(
        pika.URLParameters(broker_url),
        on_open_callback=lambda it: it.channel(on_open_callback=opened.set_result),
        on_close_callback=lambda _, why: closed.set_result(why),
        custom_ioloop=loop,
    )
    channel = await opened
    channel.basic_qos(prefetch_count=PREFETCH, callback=limited.set_result)
    await limited
    try:
        yield channel
    finally:
        connection.close()
        await closed
