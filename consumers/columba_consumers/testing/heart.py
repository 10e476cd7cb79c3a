"""A heart that beats in the event loop, and a thread that notices when somebody keeps that from turning."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from columba_consumers.testing.faults import Faults

_BEAT_SECONDS: Final = 0.02
_LOOK_SECONDS: Final = 0.05
BLOCKED_SECONDS: Final = 0.5
_ONCE_IS_CHANCE: Final = 2
"""What is loaded or compiled the first time may take that long once; a target that blocks does so each time."""


@asynccontextmanager
async def beating(faults: Faults) -> AsyncIterator[None]:
    """Note it if the event loop stands still during the block, more than once."""
    heart = _Heart()
    task = asyncio.create_task(heart.beat())
    watch = threading.Thread(target=heart.watch, name="heart", daemon=True)
    watch.start()
    try:
        await asyncio.sleep(0)  # it begins
        yield
    finally:
        # A block that has just ended is felt at the next beat.
        await asyncio.sleep(_BEAT_SECONDS)
        task.cancel()
        await asyncio.wait([task])
        heart.ended.set()
        await asyncio.to_thread(watch.join)
    faults.unless(
        len(heart.missed) < _ONCE_IS_CHANCE,
        f"the event loop stood still {len(heart.missed)} times, once for {max(heart.missed, default=0):.1f} s: what "
        "blocks belongs into asyncio.to_thread",
    )


@dataclass(slots=True)
class _Heart:
    beats: int = 0
    missed: list[float] = field(default_factory=list)
    """For how many seconds each."""
    ended: threading.Event = field(default_factory=threading.Event)

    async def beat(self) -> None:
        """Beat while the loop turns."""
        while True:
            self.beats += 1
            await asyncio.sleep(_BEAT_SECONDS)

    def watch(self) -> None:
        """Note how long it does not beat; a machine that is busy elsewhere keeps this thread waiting, too."""
        seen, still = self.beats, 0.0
        while not self.ended.is_set():
            before = time.monotonic()
            self.ended.wait(_LOOK_SECONDS)
            looked_after = time.monotonic() - before
            if self.beats == seen:
                still += min(looked_after, 2 * _LOOK_SECONDS)
                continue
            if still >= BLOCKED_SECONDS:
                self.missed.append(still)
            seen, still = self.beats, 0.0
