"""Room for our own at one destination, so that a slow one leaves the target's slots to the others in the end."""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from columba_consumers.errors import NoRoom, NotBegun


class Room(AbstractAsyncContextManager[None]):
    """So many may be there at once. Others wait in line: for ``patience`` in seconds, or for as long as it takes."""

    def __init__(self, size: int, *, patience: float | None) -> None:
        self._free = asyncio.Semaphore(size)
        self._patience = patience

    def place(self) -> AbstractAsyncContextManager[None]:
        """Wait until there is room; raises NoRoom, and NotBegun for whoever is cancelled while he waits."""
        return self

    async def __aenter__(self) -> None:
        try:
            if self._patience is None or not self._free.locked():
                await self._free.acquire()
            else:
                async with asyncio.timeout(self._patience):
                    await self._free.acquire()
        except asyncio.CancelledError as error:
            raise NotBegun from error
        except TimeoutError as error:
            raise NoRoom("others before it take their time there") from error

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free.release()
