"""A receiver that remembers what came in and lets a test wait for it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from columba_consumers.broker.broker import Broker, Received

_PATIENCE: Final = timedelta(seconds=20)


class Collector:
    """Collects every message; what is done with it is the test's choice, by default nothing."""

    def __init__(self, then: Callable[[Received], None] | None = None) -> None:
        self.received: list[Received] = []
        self._then = then
        self._changed = asyncio.Event()

    @classmethod
    def acking(cls, broker: Broker) -> "Collector":
        """Return one that acks at once."""
        return cls(broker.ack)

    def __call__(self, received: Received) -> None:
        """Take a message."""
        self.received.append(received)
        self._changed.set()
        if self._then is not None:
            self._then(received)

    @property
    def bodies(self) -> list[bytes]:
        """What came in, in order."""
        return [received.body for received in self.received]

    async def until(self, count: int, *, within: timedelta = _PATIENCE) -> list[Received]:
        """Wait for that many messages in all and return them."""
        await self.until_true(lambda: len(self.received) >= count, within=within)
        return self.received

    async def until_true(self, condition: Callable[[], bool], *, within: timedelta = _PATIENCE) -> None:
        """Wait until a condition on what came in holds."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            text = f"only {len(self.received)} messages came within {within.total_seconds():g} s: {self.bodies[-5:]}"
            raise AssertionError(text) from None
