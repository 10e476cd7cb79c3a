"""Threads for the app's own functions: as slow as they like, up to a deadline.

Python cannot stop a thread. One that is still busy at its deadline is given up: its delivery fails, and a new thread
takes its place, up to as many again as there are. A thread that comes back from being stuck goes on working. When
all are stuck nothing waits for ever: whoever had no turn is told that rendering has stalled.
"""

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from columba_consumers.rendering.errors import (
    RendererFailed,
    RendererTooSlow,
    RenderingStalled,
    RenderingStopped,
    describe,
)

Result = TypeVar("Result")

_Job = tuple[Callable[[], Any], asyncio.Future[Any]]
_Ended = tuple[Any, BaseException | None]


class AppThreads:
    """Runs one function per thread at a time; threads are kept, so what the app keeps per thread is used again."""

    def __init__(self, *, threads: int, deadline: timedelta) -> None:
        self._deadline_seconds = deadline.total_seconds()
        self._turns = asyncio.Semaphore(threads)
        self._spare = threads
        self._idle: list[_Hand] = []
        self._replaced: set[_Hand] = set()
        self._jobs: set[asyncio.Future[Any]] = set()
        self._ended = 0
        self._closed = False

    async def run(self, work: Callable[[], Result], *, name: str) -> Result:
        """Call ``work`` in a thread, in a copy of the caller's context, and return its result or raise its error.

        Raises RendererTooSlow, naming ``name``, when it is not done within the deadline, which begins with its turn;
        RenderingStalled when no thread came free for as long as that; RenderingStopped once closed; RendererFailed for
        what would end more than the call if it were raised here: KeyboardInterrupt, CancelledError and their like.
        """
        await self._take_turn()
        if self._closed:
            # Wakes the next one that waits, which finds the same.
            self._turns.release()
            raise RenderingStopped("the process is stopping")
        loop = asyncio.get_running_loop()
        hand = self._idle.pop() if self._idle else _Hand(loop, self._came_back)
        done: asyncio.Future[Any] = loop.create_future()
        self._jobs.add(done)
        hand.inbox.put((partial(contextvars.copy_context().run, work), done))
        try:
            async with asyncio.timeout(self._deadline_seconds):
                result, error = await done
        except TimeoutError:
            raise RendererTooSlow(f"{name} was not done after {self._deadline_seconds:g} s") from None
        finally:
            self._jobs.discard(done)
            if done.cancelled():
                self._give_up(hand)
        if isinstance(error, Exception | SystemExit):
            raise error
        if error is not None:
            raise RendererFailed(f"{describe(error)} in {name}") from error
        found: Result = result
        return found

    def close(self) -> None:
        """Take no more work; who still waits gets RenderingStopped. A busy thread goes home after its work."""
        self._closed = True
        for done in self._jobs:
            if not done.done():
                done.set_exception(RenderingStopped("the process is stopping"))
        for hand in self._idle:
            hand.inbox.put(None)
        self._idle.clear()
        self._turns.release()

    async def _take_turn(self) -> None:
        while True:
            ended_before = self._ended
            try:
                async with asyncio.timeout(self._deadline_seconds):
                    await self._turns.acquire()
            except TimeoutError:
                if self._ended == ended_before:
                    raise RenderingStalled("every thread for the app's renderers is stuck") from None
            else:
                return

    def _give_up(self, hand: "_Hand") -> None:
        if self._spare:
            self._spare -= 1
            self._replaced.add(hand)
            self._turns.release()

    def _came_back(self, hand: "_Hand") -> None:
        self._ended += 1
        if hand in self._replaced:
            self._replaced.discard(hand)
            self._spare += 1
        else:
            self._turns.release()
        if self._closed:
            hand.inbox.put(None)
        else:
            self._idle.append(hand)


class _Hand:
    """One thread and its inbox; None in it means: go home."""

    def __init__(self, loop: asyncio.AbstractEventLoop, came_back: Callable[["_Hand"], None]) -> None:
        self._loop = loop
        self._came_back = came_back
        self.inbox: SimpleQueue[_Job | None] = SimpleQueue()
        # A daemon: code that never ends must not keep the process alive.
        threading.Thread(target=self._serve, name="columba-app", daemon=True).start()

    def _serve(self) -> None:
        # A loop that is closed while a thread still works has nobody left to hear of it.
        with contextlib.suppress(RuntimeError):
            while (job := self.inbox.get()) is not None:
                self._loop.call_soon_threadsafe(self._report, job[1], _outcome_of(job[0]))

    def _report(self, done: asyncio.Future[Any], outcome: _Ended) -> None:
        self._came_back(self)
        if not done.done():
            done.set_result(outcome)


def _outcome_of(work: Callable[[], Any]) -> _Ended:
    # Whatever the app's code raises, even SystemExit, is its result; the thread goes on.
    try:
        return work(), None
    except BaseException as error:  # noqa: BLE001
        return None, error
