"""Asking the app about each of many: a few at a time, and all of them within one deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from columba_consumers.rendering.errors import RendererTooSlow

AT_ONCE: Final = 8
"""So many of one digest: the app's threads are there for the others as well."""
DEADLINES: Final = 10
"""All questions about one digest may take so many times as long as a single one."""

One = TypeVar("One")
Answer = TypeVar("Answer")


async def ask_each(
    ask: Callable[[One], Awaitable[Answer]], some: Sequence[One], *, deadline: timedelta, what: str
) -> list[Answer]:
    """Return the answers, in the order of the questions; ``deadline`` is a single one's.

    Raises what the first one raises that fails, of which the others then hear nothing; and RendererTooSlow, naming
    ``what`` they are, for those that are not done by then.
    """
    turns, limit = asyncio.Semaphore(AT_ONCE), deadline * DEADLINES

    async def in_turn(one: One) -> Answer:
        async with turns:
            return await ask(one)

    tasks = [asyncio.ensure_future(in_turn(one)) for one in some]
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await asyncio.gather(*tasks)
    except TimeoutError:
        done = sum(task.done() and not task.cancelled() for task in tasks)
        problem = f"of {len(tasks)} {what} {done} were done after {limit.total_seconds():g} s"
        raise RendererTooSlow(problem) from None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
