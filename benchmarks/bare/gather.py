"""Gathering: what comes one by one is handed to a thread many at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, Generic, TypeVar

from benchmarks.bare.rows import BATCH

_SECONDS: Final = 0.02
Thing = TypeVar("Thing")


class Gather(Generic[Thing]):
    """Calls ``write`` in the thread with a full batch, or with what has come within a moment; then ``written``."""

    def __init__(
        self, thread: Executor, write: Callable[[list[Thing]], None], written: Callable[[list[Thing]], None]
    ) -> None:
        """Begin with nothing."""
        self._thread = thread
        self._write = write
        self._written = written
        self._gathered: list[Thing] = []
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def add(self, thing: Thing) -> None:
        """Take one more."""
        self._gathered.append(thing)
        if len(self._gathered) == BATCH:
            self._hand_over()
        elif self._timer is None:
            self._timer = self._loop.call_later(_SECONDS, self._hand_over)

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._gathered = self._gathered, []
        self._loop.run_in_executor(self._thread, self._write, batch).add_done_callback(self._done_with(batch))

    def _done_with(self, batch: list[Thing]) -> Callable[[asyncio.Future[None]], None]:
        def done(future: asyncio.Future[None]) -> None:
            future.result()  # an error goes to the loop's handler: nothing was written
            self._written(batch)

        return done
