"""The bare part of receiving: pika, one quorum queue, acks gathered."""

import asyncio
from typing import Any

import pika
from columba_shared.event import Lane
from columba_shared.topology import target_queue
from pika.adapters.asyncio_connection import AsyncioConnection

from benchmarks.bare.cost import Cost, Stopwatch, run
from benchmarks.consumer import Loop

_PREFETCH = 500
_ACKS_TOGETHER = 50


def consume(broker_url: str, mails: int, loop: Loop) -> Cost:
    """Receive and acknowledge what waits in the target's queue."""
    return run(_consume(broker_url, mails), loop)


async def _consume(broker_url: str, mails: int) -> Cost:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    closed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    connection = AsyncioConnection(
        pika.URLParameters(broker_url),
        on_open_callback=lambda it: it.channel(on_open_callback=opened.set_result),
        on_close_callback=lambda _, why: closed.set_result(why),
        custom_ioloop=asyncio.get_running_loop(),
    )
    channel = await opened
    limited: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    channel.basic_qos(prefetch_count=_PREFETCH, callback=limited.set_result)
    await limited

    def deliver(_channel: object, method: Any, _properties: object, _body: bytes) -> None:  # noqa: ANN401 - pika is untyped
        tag = method.delivery_tag
        if tag % _ACKS_TOGETHER == 0 or tag == mails:
            channel.basic_ack(tag, multiple=True)
        if tag == mails:
            done.set_result(None)

    watch = Stopwatch(mails)
    with watch.running():
        channel.basic_consume(target_queue("email", Lane.NORMAL), deliver)
        await done
    connection.close()
    await closed
    return watch.cost("receive and acknowledge (pika, acks gathered)")
