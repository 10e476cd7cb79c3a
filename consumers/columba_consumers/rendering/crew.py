"""The crew: a few threads that do small jobs for the event loop, many per hand-over.

One hop to a thread and back costs several times what a template costs. So jobs that are handed in during one round
of the loop wake one thread once; it works through whatever is waiting and hands back a batch of results with one call.
A slow job holds up its own result and no other: while the crew is busy the loop looks every few milliseconds, takes
what is done, and wakes another thread when nothing has moved.
"""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from columba_consumers.rendering.errors import RenderingStopped

Result = TypeVar("Result")

BATCH: Final = 32
BATCH_SECONDS: Final = 0.005
ROOM: Final = 1000


@dataclass(slots=True, kw_only=True, eq=False)
class _Job:
    work: Callable[[], Any]
    done: asyncio.Future[None]
    result: Any = None
    error: BaseException | None = None


class Crew:
    """Threads for jobs of microseconds to milliseconds, which must be bounded in time by themselves."""

    def __init__(
        self, *, threads: int = 2, room: int = ROOM, batch: int = BATCH, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._size = threads
        self._batch = batch
        self._clock = clock
        self._room = asyncio.Semaphore(room)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: list[asyncio.Future[None]] = []
        # Both queues are touched from the loop and from the threads; appending and popping are atomic.
        self._waiting: deque[_Job] = deque()
        self._finished: deque[_Job] = deque()
        self._calls: SimpleQueue[bool] = SimpleQueue()
        self._called = False
        # The rest belongs to the loop alone.
        self._jobs: set[_Job] = set()
        self._looking = False
        self._moved = True

    def open(self) -> None:
        """Start the threads; to be called in the loop that will run jobs."""
        self._loop = asyncio.get_running_loop()
        for number in range(self._size):
            ended = self._loop.create_future()
            self._ended.append(ended)
            # A daemon: a job that never ends must not keep the process alive.
            threading.Thread(
                target=self._serve, args=(self._loop, ended), name=f"columba-render-{number}", daemon=True
            ).start()

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do ``work`` in a thread and return its result or raise its error; waits while there is no room.

        Raises RenderingStopped before ``open`` and after ``close``.
        """
        async with self._room:
            job = self._hand_in(work)
            try:
                await job.done
            finally:
                self._jobs.discard(job)
            if job.error is not None:
                raise job.error
            result: Result = job.result
            return result

    async def close(self, *, grace: timedelta = timedelta(seconds=5)) -> None:
        """Take no more jobs, finish those there are within the grace, fail the rest with RenderingStopped."""
        self._loop = None
        if pending := [job.done for job in self._jobs]:
            await asyncio.wait(pending, timeout=grace.total_seconds())
        self._waiting.clear()
        for job in self._jobs:
            if not job.done.done():
                job.done.set_exception(RenderingStopped("the process is stopping"))
        for _ in self._ended:
            self._calls.put(False)  # noqa: FBT003 -- the queue's word for going home
        if self._ended:
            await asyncio.wait(self._ended, timeout=BATCH_SECONDS)

    def _hand_in(self, work: Callable[[], Any]) -> _Job:
        loop = self._loop
        if loop is None:
            raise RenderingStopped("templates are not being rendered: the process is starting or stopping")
        job = _Job(work=work, done=loop.create_future())
        self._jobs.add(job)
        self._waiting.append(job)
        if not self._called:
            self._called = True
            # Later in this round, so that the thread finds all that the round hands in.
            loop.call_soon(self._calls.put, True)  # noqa: FBT003 -- the queue's word for work
        if not self._looking:
            self._looking = True
            loop.call_later(BATCH_SECONDS, self._look, loop)
        return job

    def _hand_back(self) -> None:
        while self._finished:
            job = self._finished.popleft()
            self._moved = True
            if not job.done.done():
                job.done.set_result(None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._hand_back()
        if self._waiting and not self._moved:
            self._calls.put(True)  # noqa: FBT003 -- as above
        self._moved = False
        self._looking = bool(self._jobs)
        if self._looking:
            loop.call_later(BATCH_SECONDS, self._look, loop)

    def _serve(self, loop: asyncio.AbstractEventLoop, ended: asyncio.Future[None]) -> None:
        # A loop that is closed while a thread still works has nobody left to hear of it.
        with contextlib.suppress(RuntimeError):
            while self._calls.get():
                self._work_off(loop)
            loop.call_soon_threadsafe(_end, ended)

    def _work_off(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work until nothing waits; what comes in after ``_called`` is taken back makes a new call."""
        while True:
            while self._waiting:
                self._do_batch()
                loop.call_soon_threadsafe(self._hand_back)
            self._called = False
            if not self._waiting:
                return
            self._called = True

    def _do_batch(self) -> None:
        until = self._clock() + BATCH_SECONDS
        for _ in range(self._batch):
            try:
                job = self._waiting.popleft()
            except IndexError:
                return
            if not job.done.cancelled():
                # Whatever a job raises is its result, and is raised where it is awaited; the thread goes on.
                try:
                    job.result = job.work()
                except BaseException as error:  # noqa: BLE001
                    job.error = error
            self._finished.append(job)
            if self._clock() > until:
                return


def _end(ended: asyncio.Future[None]) -> None:
    if not ended.done():
        ended.set_result(None)
