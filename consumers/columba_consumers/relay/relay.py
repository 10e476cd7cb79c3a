"""Empties the outbox, oldest rows first, and watches for new ones."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from columba_shared.log import intake
from columba_shared.log.engine import reading
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.relay.mover import Moved, Mover
from columba_consumers.rounds import Rounds

SECOND_CHANCE_SECONDS: Final = 600.0


class Relay:
    """Any number may run on one outbox: what two of them move has the same ids, and is delivered once.

    What cannot be moved is set aside with the reason, and tried again when a relay starts and every ten minutes.
    """

    def __init__(
        self,
        engine: Engine,
        mover: Mover,
        *,
        moved: Callable[[], None] = lambda: None,
        prepare: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to empty the outbox in ``engine``; ``moved`` is called in the loop whenever something was moved.

        ``prepare`` is called in a thread before anything else, until it has worked once.
        """
        self._engine = engine
        self._mover = mover
        self._rest = mover.shortest_rest_seconds
        self._told = moved
        self._prepare: Callable[[], None] | None = prepare
        self._monotonic = monotonic
        self._second_chance_at = float("-inf")
        self._rounds = Rounds("relay", self._round)

    async def run(self) -> None:
        """Move what is there and what comes, until stopped."""
        await self._rounds.run()

    def stop(self) -> None:
        """Finish the batch that is under way, and no more."""
        self._rounds.stop()

    @property
    def healthy(self) -> bool:
        """Whether it gets somewhere."""
        return self._rounds.healthy

    async def run_once(self) -> Moved:
        """Move what is there now. Raises what the database raises, and PublishError when the broker is away."""
        if self._prepare is not None:
            await asyncio.to_thread(self._prepare)
            self._prepare = None
        await self._second_chance()
        events = set_aside = after = 0
        while ids := await asyncio.to_thread(self._waiting, after):
            after = ids[-1]
            moved = await asyncio.to_thread(self._mover.move, ids)
            events, set_aside = events + moved.events, set_aside + moved.set_aside
            if moved.events:
                emit("relay.moved", events=moved.events)
                self._told()
                self._rounds.progress()
            if moved.stopped is not None:
                raise moved.stopped
            self._rounds.progress()
            if self._rounds.stopping:
                break
        return Moved(events=events, set_aside=set_aside)

    async def _round(self) -> float:
        moved = await self.run_once()
        shortest, longest = self._mover.shortest_rest_seconds, self._mover.longest_rest_seconds
        self._rest = shortest if moved.events else min(self._rest * 1.5, longest)
        return self._rest

    async def _second_chance(self) -> None:
        if self._monotonic() < self._second_chance_at:
            return
        await asyncio.to_thread(self._take_up_again)
        self._second_chance_at = self._monotonic() + SECOND_CHANCE_SECONDS

    def _take_up_again(self) -> None:
        with self._engine.begin() as connection:
            intake.take_up_again(connection)

    def _waiting(self, after: int) -> list[int]:
        with reading(self._engine) as connection:
            return intake.waiting(connection, after=after, limit=self._mover.batch)
