"""What blocks, done in a thread that nobody has to wait for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class EndedError(Exception):
    """The work ended in a way that would end whoever waited for it, too."""


async def aside(work: Callable[[], T]) -> T:
    """Return what the work returns, or raise what it raises or an EndedError, from a thread of its own.

    Cancelled, it returns at once, and the thread goes on by itself: nothing can end it. It is a daemon, and in no pool,
    so that a service that never answers keeps no process from ending and no other delivery waiting.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type] # None only if T is

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            ends = isinstance(error, StopIteration) or not isinstance(error, Exception)
            failure = EndedError(type(error).__name__) if ends else error
        with suppress(RuntimeError):  # the loop has closed: nobody waits
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="columba-chat", daemon=True).start()
    return await done
