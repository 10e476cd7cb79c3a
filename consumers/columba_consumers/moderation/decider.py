"""Decides about held deliveries when their window ends and nobody has: as whoever held them said."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.event import Auto
from columba_shared.log import windows
from columba_shared.log.engine import reading
from columba_shared.log.moderated import Done
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.copies.dispatch import Dispatch
from columba_consumers.copies.following import Following
from columba_consumers.rounds import Rounds

CHUNK: Final = 200
LONGEST_REST_SECONDS: Final = 0.5
"""A window that opens while nothing else is to be done ends no later than that behind its time."""
SHORTEST_REST_SECONDS: Final = 0.01


class Decider:
    """Any number may run at once: each delivery is decided about by one of them, in one conditional transaction."""

    def __init__(
        self,
        engine: Engine,
        dispatch: Dispatch | None = None,
        *,
        now: Clock = utc_now,
        decided: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; ``decided`` is called when something may go. Without a ``dispatch`` nothing is published."""
        self._engine = engine
        self._following = Following(engine=engine, dispatch=dispatch, now=now)
        self._now = now
        self._decided = decided
        self._rounds = Rounds("decider", self._round)

    async def run(self) -> None:
        """Decide whenever a window ends, until stopped."""
        await self._rounds.run()

    def stop(self) -> None:
        """Decide nothing more."""
        self._rounds.stop()

    @property
    def healthy(self) -> bool:
        """Whether it gets somewhere."""
        return self._rounds.healthy

    async def run_once(self) -> int:
        """Decide about everything whose window has ended; return how many deliveries that were."""
        count = 0
        for auto in Auto:
            while ids := await asyncio.to_thread(self._ended, auto):
                done = await asyncio.to_thread(self._close, ids, auto)
                if not done.done:  # others were quicker, or the clock was set back
                    break
                count += len(done.done)
                emit("decider.decided", deliveries=len(done.done), what=auto)
                if done.going:
                    self._decided()
                    await self._following.publish(done.going)
        return count

    async def _round(self) -> float:
        await self.run_once()
        upcoming = await asyncio.to_thread(self._next_end)
        if upcoming is None:
            return LONGEST_REST_SECONDS
        left = (upcoming - self._now()).total_seconds()
        return min(max(left, SHORTEST_REST_SECONDS), LONGEST_REST_SECONDS)

    def _ended(self, auto: Auto) -> list[UUID]:
        with reading(self._engine) as connection:
            return windows.ended(connection, auto=auto, by=self._now(), limit=CHUNK)

    def _close(self, ids: list[UUID], auto: Auto) -> Done:
        with self._engine.begin() as connection:
            return windows.close(connection, ids, auto, now=self._now())

    def _next_end(self) -> datetime | None:
        with reading(self._engine) as connection:
            return windows.next_end(connection)
