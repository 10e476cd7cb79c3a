"""Room for our own at one destination, so that a slow one leaves the target's slots to the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from columba_consumers.errors import Crowded, NotBegun

_TOLD = "others before it take their time there"


class Room:
    """So many may be there at once, and as many wait for that; with ``patience`` in seconds, and without it all do."""

    def __init__(self, size: int, *, patience: float | None) -> None:
        self._free = asyncio.Semaphore(size)
        self._line = size
        self._waiting = 0
        self._patience = patience

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait until there is room; raises Crowded, and NotBegun for whoever is cancelled while he waits."""
        if self._patience is not None and self._free.locked() and self._waiting >= self._line:
            raise Crowded(_TOLD)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except asyncio.CancelledError as error:
            raise NotBegun from error
        except TimeoutError as error:
            raise Crowded(_TOLD) from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()
