"""Receives messages and handles each in a task of its own; every one is settled, or comes again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from columba_shared.errors import Malformed
from columba_shared.telemetry import emit

from columba_consumers.broker.broker import Broker, Received, Subscription
from columba_consumers.delivery.turnstile import Paused, Stopping
from columba_consumers.journal import JournalClosed, JournalRefused
from columba_consumers.rounds import passes

_LAST_WORDS_SECONDS: Final = 5.0
"""So long may what is cancelled still say what became of it; then it is cancelled for good."""
PAUSE_SECONDS: Final = 5.0
"""How long a message is kept that cannot be finished now: handed back at once, it would spin."""


@dataclass(slots=True, kw_only=True)
class Reception:
    """Knows what follows from an error: refused for good, handed back after a pause, or left to come again."""

    broker: Broker
    handle: Callable[[Received], Awaitable[None]]
    refuse: Callable[[Received, str], Awaitable[None]]
    pause_seconds: float = PAUSE_SECONDS
    _handling: set[asyncio.Task[None]] = field(default_factory=set)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _subscribe: Callable[[], Awaitable[Subscription]] | None = None
    _subscription: Subscription | None = None
    _paused: bool = False

    @property
    def in_hand(self) -> int:
        """How many messages are being handled."""
        return len(self._handling)

    async def open(self, queues: tuple[str, ...], *, prefetch: int) -> None:
        """Receive from these queues; during a pause, from its end on: what is handed back is suspect to the next."""
        self._subscribe = partial(self.broker.subscribe, queues, prefetch=prefetch, receive=self._receive)
        if not self._paused:
            self._subscription = await self._subscribe()

    async def pause(self) -> None:
        """Receive nothing more for now, not even once open; what was received is still handled."""
        self._paused = True
        if self._subscription is not None:
            await self._subscription.pause()

    async def resume(self) -> None:
        """Receive again."""
        self._paused = False
        if self._subscription is not None:
            await self._subscription.resume()
        elif self._subscribe is not None:
            self._subscription = await self._subscribe()

    async def end(self) -> None:
        """Receive nothing more; what was received is still handled."""
        if self._subscription is not None:
            await self._subscription.pause()

    async def close(self, *, grace_seconds: float) -> None:
        """Let what is under way finish within the grace; the rest comes again."""
        self._closing.set()
        if self._handling:
            await asyncio.wait(self._handling, timeout=grace_seconds)
        for seconds in (_LAST_WORDS_SECONDS, None):
            if self._handling:
                for task in self._handling:
                    task.cancel()
                await asyncio.wait(self._handling, timeout=seconds)

    def _receive(self, received: Received) -> None:
        task = asyncio.get_running_loop().create_task(self._attend(received))
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)

    async def _attend(self, received: Received) -> None:
        """Handle one message; left unsettled is only what comes again because the process stops."""
        try:
            await self._handle_or_refuse(received)
        except (Stopping, JournalClosed) as error:
            emit("delivery.left", queue=received.queue, cause=type(error).__name__)
        except Paused:
            self.broker.hand_back(received)
        except Exception as error:  # noqa: BLE001 - whatever it was, the message goes back to its queue
            emit("delivery.put_off", queue=received.queue, error=error)
            await self._pause()
            self.broker.hand_back(received)

    async def _handle_or_refuse(self, received: Received) -> None:
        try:
            await self.handle(received)
        except (Stopping, Paused, JournalClosed):
            raise
        except (Malformed, JournalRefused) as error:
            await self.refuse(received, str(error))
        except Exception as error:
            if passes(error):
                raise
            emit("delivery.defect", error=error)
            await self.refuse(received, f"defect in Columba: {type(error).__name__}: {error}")

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pause_seconds):
                await self._closing.wait()
