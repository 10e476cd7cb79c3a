"""Who may go next: as many at once as the target has slots, urgent lanes first, nobody while it is shut."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from columba_shared.event import Lane


class Stopping(Exception):
    """The process is stopping and this delivery has not begun."""


class Paused(Exception):
    """The target is paused and this delivery has not begun."""


class Turnstile:
    """Lets deliveries of one target begin."""

    def __init__(self, slots: int) -> None:
        """Allow ``slots`` deliveries at once."""
        self._free = slots
        self._slots = slots
        self._waiting: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in Lane}
        self._shut = False
        self._paused = False
        self._stopping = False

    @property
    def is_shut(self) -> bool:
        """Whether the target is taken to be down."""
        return self._shut

    @property
    def begun(self) -> int:
        """How many are through and not yet done."""
        return self._slots - self._free

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        """Wait for a turn and keep it; raises Stopping when there will be none, and Paused while nobody has one."""
        await self._enter(lane)
        try:
            yield
        finally:
            self._leave()

    def shut(self) -> None:
        """Let nobody begin, until ``open``."""
        self._shut = True

    def open(self) -> None:
        """Let deliveries begin again."""
        self._shut = False
        self._admit()

    def pause(self) -> None:
        """Let nobody begin, until ``resume``; whoever waits gets Paused."""
        self._paused = True
        self._turn_away(Paused)

    def resume(self) -> None:
        """Let deliveries begin again, unless the target is down."""
        self._paused = False

    def stop(self) -> None:
        """Let nobody begin any more; whoever waits gets Stopping."""
        self._stopping = True
        self._turn_away(Stopping)

    def check(self) -> None:
        """Raise Stopping if nobody may begin any more, and Paused if nobody may now: for what needs no turn."""
        if self._stopping:
            raise Stopping
        if self._paused:
            raise Paused

    def _turn_away(self, why: type[Exception]) -> None:
        for waiting in self._waiting.values():
            for future in waiting:
                if not future.done():
                    future.set_exception(why())
            waiting.clear()

    async def _enter(self, lane: Lane) -> None:
        self.check()
        if self._free and not self._shut and not self._queued():
            self._take()
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(future)
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._leave()
            raise

    def _queued(self) -> bool:
        return any(self._waiting.values())

    def _take(self) -> None:
        self._free -= 1

    def _leave(self) -> None:
        self._free += 1
        self._admit()

    def _admit(self) -> None:
        for waiting in self._waiting.values():
            while waiting and self._free and not self._shut:
                future = waiting.popleft()
                if not future.done():
                    self._take()
                    future.set_result(None)
