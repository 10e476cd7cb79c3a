"""The queues that are received from together."""

import asyncio

from columba_consumers.broker.rabbit.consumer import Consumer


class RabbitSubscription:
    """One consumer for each queue."""

    def __init__(self, consumers: tuple[Consumer, ...]) -> None:
        self._consumers = consumers

    @property
    def healthy(self) -> bool:
        """Whether each of them receives, unless paused."""
        return all(consumer.healthy for consumer in self._consumers)

    async def pause(self) -> None:
        """Return once nothing more will be received; what was received stays the receiver's to settle."""
        await asyncio.gather(*(consumer.pause() for consumer in self._consumers))

    async def resume(self) -> None:
        """Receive again, as soon as the broker lets us."""
        for consumer in self._consumers:
            consumer.resume()

    async def close(self) -> None:
        """Stop for good; what is unsettled returns to its queue."""
        await asyncio.gather(*(consumer.close() for consumer in self._consumers))
