"""Columba's own processes run on uvloop; the suite runs on asyncio's loop."""

import uvloop
from columba_consumers.broker.rabbit import RabbitOptions

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, numbered
from tests.live.broker.opened import opened


def test_everything_works_on_uvloop_as_well(options: RabbitOptions, redeclare: object) -> None:
    del redeclare

    async def round_trip() -> list[bytes]:
        async with opened(options) as broker:
            collector = Collector.acking(broker)
            subscription = await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
            await subscription.pause()
            for each in numbered(30):
                await broker.publish(each)
            await subscription.resume()
            await collector.until(30)
        return collector.bodies

    assert uvloop.run(round_trip()) == [b"%d" % number for number in range(30)]
