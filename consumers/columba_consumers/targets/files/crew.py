"""Threads of one destination, so that a slow one holds up no other."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Job(NamedTuple):
    work: Callable[[], Any]
    done: "asyncio.Future[Any]"


class Crew:
    """As many threads as the destination may have connections; they start when there is work.

    A small file takes less time than `concurrent.futures` and its two futures do. And these threads keep no process
    from ending: what they were writing has no name yet.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._open = 0
        """Jobs that wait or are at work."""
        self._threads = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work in a thread and return what it returns; cancelled, it is not begun any more."""
        if self._open >= self._threads and self._threads < self._size:
            self._threads += 1
            threading.Thread(target=_serve, args=(self._jobs,), name="columba-files", daemon=True).start()
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._open += 1
        try:
            self._jobs.put(job)
            done: T = await job.done
        finally:
            self._open -= 1
        return done

    def close(self) -> None:
        """Take no more work; what is being done ends by itself."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0


def _serve(jobs: "SimpleQueue[_Job | None]") -> None:
    while (job := jobs.get()) is not None:
        if job.done.cancelled():
            continue
        result, problem = None, None
        try:
            result = job.work()
        except BaseException as error:  # noqa: BLE001 - raised again where the work was asked for
            problem = error
        # The loop may be gone: then nobody waits for this any more.
        with suppress(RuntimeError):
            job.done.get_loop().call_soon_threadsafe(_settle, job.done, result, problem)
        del job, result, problem


def _settle(done: "asyncio.Future[Any]", result: object, problem: BaseException | None) -> None:
    if done.done():
        return
    if problem is None:
        done.set_result(result)
    else:
        done.set_exception(problem)
