"""The consumer of one queue, which never stays deaf: whatever ends, it begins again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from columba_shared.telemetry import emit

from columba_consumers.broker.rabbit.inbox import Inbox
from columba_consumers.broker.rabbit.patience import Patience
from columba_consumers.errors import BrokerLost


class Consumer:
    """Receives from one queue, on a channel of its own, so that what happens to its queue happens to no other."""

    def __init__(
        self, queue: str, open_inbox: Callable[[], Awaitable[Inbox]], patience: Patience, *, look_every: timedelta
    ) -> None:
        self.tried = asyncio.Event()
        """Set once the first try to receive is over, whichever way."""
        self._queue = queue
        self._open_inbox = open_inbox
        self._patience = patience
        self._look_seconds = look_every.total_seconds()
        self._wanted = True
        self._changed = asyncio.Event()
        self._silent = asyncio.Event()
        self._inbox: Inbox | None = None
        self._keeper = asyncio.create_task(self._keep())

    @property
    def healthy(self) -> bool:
        """Whether it receives, or is not meant to."""
        return not self._wanted or (self._inbox is not None and self._inbox.receiving)

    async def pause(self) -> None:
        """Return once nothing more will be received."""
        self._wanted = False
        self._changed.set()
        await self._silent.wait()

    def resume(self) -> None:
        """Receive again, as soon as the broker lets us."""
        self._wanted = True
        self._changed.set()

    async def close(self) -> None:
        """Stop receiving for good and settle what is acked; what is unsettled returns to the queue."""
        self.tried.set()
        self._keeper.cancel()
        await asyncio.wait((self._keeper,))
        if self._inbox is not None:
            await self._leave(self._inbox)

    async def _keep(self) -> None:
        while True:
            self._silent.set()
            inbox: Inbox = await self._patience.retrying()(self._begin)
            self._inbox = inbox
            with suppress(BrokerLost):
                await self._serve(inbox)
            self._inbox = None
            await self._leave(inbox)
            await self._patience.pause()

    async def _begin(self) -> Inbox:
        """Open an inbox and start it if that is wanted; raises BrokerLost, for a queue that does not exist as well."""
        try:
            inbox = await self._open_inbox()
            inbox.on_end(self._changed.set)
            if self._wanted:
                await self._start(inbox)
        except BrokerLost as lost:
            emit("broker.deaf", queue=self._queue, error=lost)
            raise
        finally:
            self.tried.set()
        return inbox

    async def _serve(self, inbox: Inbox) -> None:
        """Start and stop as wanted until the inbox has ended, or the broker has forgotten it; raises BrokerLost."""
        while not inbox.ended:
            self._changed.clear()
            if self._wanted:
                await self._start(inbox)
            else:
                await inbox.stop()
                self._silent.set()
            if not await self._changes() and await inbox.is_neglected():
                emit("broker.neglected", queue=self._queue)
                return

    async def _changes(self) -> bool:
        """Wait for a change; False: there was none until it is time to look again."""
        try:
            async with asyncio.timeout(self._look_seconds):
                return await self._changed.wait()
        except TimeoutError:
            return False

    async def _start(self, inbox: Inbox) -> None:
        self._silent.clear()
        try:
            await inbox.start()
        except BrokerLost:
            self._silent.set()
            await self._leave(inbox)
            raise

    async def _leave(self, inbox: Inbox) -> None:
        with suppress(BrokerLost):
            await inbox.close()
