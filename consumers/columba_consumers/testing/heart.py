"""A heart that beats in the event loop, and notices when somebody keeps that from turning."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from columba_consumers.testing.faults import Faults

_BEAT_SECONDS: Final = 0.02
BLOCKED_SECONDS: Final = 0.5
_ONCE_IS_CHANCE: Final = 2
"""A machine that is busy elsewhere misses a beat as well; a target that blocks does so each time."""


@asynccontextmanager
async def beating(faults: Faults) -> AsyncIterator[None]:
    """Note it if the event loop stands still during the block, more than once."""
    missed: list[float] = []
    heart = asyncio.create_task(_beat(missed))
    try:
        await asyncio.sleep(0)  # it begins
        yield
    finally:
        # A block that has just ended is felt at the next beat.
        await asyncio.sleep(_BEAT_SECONDS)
        heart.cancel()
        await asyncio.wait([heart])
    faults.unless(
        len(missed) < _ONCE_IS_CHANCE,
        f"the event loop stood still {len(missed)} times, once for {max(missed, default=0):.1f} s: what blocks belongs "
        "into asyncio.to_thread",
    )


async def _beat(missed: list[float]) -> None:
    while True:
        before = time.monotonic()
        await asyncio.sleep(_BEAT_SECONDS)
        late = time.monotonic() - before - _BEAT_SECONDS
        if late > BLOCKED_SECONDS:
            missed.append(late)
