"""The bare part of receiving: pika, one quorum queue, acks gathered."""

import asyncio
from typing import Any

from columba_shared.event import Lane
from columba_shared.topology import target_queue

from benchmarks.bare.channel import open_channel
from benchmarks.bare.cost import Cost, Stopwatch, run
from benchmarks.program import Loop

_ACKS_TOGETHER = 50


def consume(broker_url: str, mails: int, loop: Loop) -> Cost:
    """Receive and acknowledge what waits in the target's queue."""
    return run(_consume(broker_url, mails), loop)


async def _consume(broker_url: str, mails: int) -> Cost:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    watch = Stopwatch(mails)
    async with open_channel(broker_url) as channel:

        def deliver(_channel: object, method: Any, _properties: object, _body: bytes) -> None:  # noqa: ANN401 - pika is untyped
            tag = method.delivery_tag
            if tag % _ACKS_TOGETHER == 0 or tag == mails:
                channel.basic_ack(tag, multiple=True)
            if tag == mails:
                done.set_result(None)

        with watch.running():
            channel.basic_consume(target_queue("email", Lane.NORMAL), deliver)
            await done
    return watch.cost("receive and acknowledge (pika, acks gathered)")
