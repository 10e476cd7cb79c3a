"""Threads that do for an event loop what would keep it waiting."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from columba_producer.errors import Busy

T = TypeVar("T")


class Threads:
    """At most so many, made when they are needed; what none of them begins with in time is not done at all.

    ``what`` is for the error, and says what they do.
    """

    def __init__(self, most: int, *, name: str, what: str, patience: timedelta) -> None:
        self._most = most
        self._name = name
        self._what = what
        self._patience_seconds = patience.total_seconds()
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Do it in a thread, in a copy of the caller's context; raises Busy, and what the work raises.

        A caller that is cancelled before a thread has begun takes the work back; after that it is done all the same.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, thread_name_prefix=self._name)
        begun = self._pool.submit(contextvars.copy_context().run, work)
        answer = asyncio.wrap_future(begun)
        answer.add_done_callback(_hear)  # even if the caller has given up by then
        try:
            done, _ = await asyncio.wait({answer}, timeout=self._patience_seconds)
        except asyncio.CancelledError:
            begun.cancel()
            raise
        if not done and begun.cancel():
            raise Busy(
                f"all {self._most} threads that {self._what} were busy for {self._patience_seconds:g} s; nothing was "
                "published. The broker, the database or the blob store is slow, or there is too much at once"
            )
        return await asyncio.shield(answer)

    async def close(self) -> None:
        """Let what is under way end; there are new ones if they are used again."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown)

    def forget(self) -> None:
        """In a forked child: there are none of the parent's threads."""
        self._pool = None


def _hear(answer: "asyncio.Future[T]") -> None:
    if not answer.cancelled():
        answer.exception()
