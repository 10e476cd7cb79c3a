"""Waiting for the broker to be in a state, with a deadline."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], *, within_seconds: float = 15.0) -> None:
    """Return as soon as the condition holds; raises TimeoutError when it does not in time."""
    async with asyncio.timeout(within_seconds):
        while not condition():  # noqa: ASYNC110 - the state is polled because it announces itself to nobody
            await asyncio.sleep(0.01)
