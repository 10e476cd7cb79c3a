"""Stopping on request: the first signal asks, the second insists."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from columba_shared.telemetry import emit


class Stop:
    """What SIGTERM and SIGINT ask for: of a process that has started, to finish; of one that has not, to give it up."""

    def __init__(self, role: str) -> None:
        """Prepare for the process in this role, whose start is the current task's work."""
        self._role = role
        self._asked = asyncio.Event()
        self._starting = asyncio.current_task()
        self.given_up = False

    def started(self, **about: Any) -> None:  # noqa: ANN401 - facts are told as they are
        """Say that the start is over and the work begins, and something about it."""
        self._starting = None
        emit("process.started", role=self._role, **about)

    def ended(self) -> None:
        """Say that it is over, if anything was ever said."""
        if self._starting is None or self._asked.is_set():
            emit("process.stopped", role=self._role)

    async def wait(self) -> None:
        """Wait until a signal asks to stop."""
        await self._asked.wait()

    def ask(self, number: int) -> None:
        """Take a signal; the second one ends the process at once."""
        if self._asked.is_set():
            os._exit(128 + number)
        emit("process.stopping", role=self._role, signal=signal.Signals(number).name)
        self._asked.set()
        if self._starting is not None:
            self.given_up = self._starting.cancel()


@asynccontextmanager
async def stop_on_signals(role: str) -> AsyncIterator[Stop]:
    """Listen for signals while the context lasts; a start that is given up ends it in peace, as a stop does."""
    stop, loop = Stop(role), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, partial(stop.ask, number))
    try:
        yield stop
    except asyncio.CancelledError:
        if not stop.given_up:
            raise
    finally:
        stop.ended()
