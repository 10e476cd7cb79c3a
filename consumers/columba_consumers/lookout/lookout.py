"""Sees which targets are paused, and tells their workers."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from columba_shared.log.engine import reading
from columba_shared.log.pauses import Pause, pauses
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.rounds import Rounds

EVERY_SECONDS: Final = 0.4


class Pausable(Protocol):
    """What can be told to begin nothing new, and to go on."""

    async def pause(self) -> None:
        """Begin nothing new; what is under way finishes."""

    async def resume(self) -> None:
        """Begin again."""


class Lookout:
    """Looks twice a second. While the database is away, what was seen last holds."""

    def __init__(
        self, engine: Engine, workers: Mapping[str, Pausable], *, every_seconds: float = EVERY_SECONDS
    ) -> None:
        """Prepare to tell these workers, by target; nothing is looked at before ``look`` or ``run``."""
        self._engine = engine
        self._workers = workers
        self._every_seconds = every_seconds
        self._paused: frozenset[str] = frozenset()
        self._rounds = Rounds("lookout", self._round)

    async def run(self) -> None:
        """Look until stopped."""
        await self._rounds.run()

    def stop(self) -> None:
        """Look no more."""
        self._rounds.stop()

    async def look(self) -> None:
        """Look once, and tell whoever is concerned; raises what the database raises."""
        seen = await asyncio.to_thread(self._read)
        paused = {each.target: each for each in seen if each.target in self._workers}
        for target in sorted(paused.keys() - self._paused):
            emit("target.paused", target=target, who=paused[target].who, why=paused[target].why)
            await self._workers[target].pause()
        for target in sorted(self._paused - paused.keys()):
            emit("target.resumed", target=target)
            await self._workers[target].resume()
        self._paused = frozenset(paused)

    async def _round(self) -> float:
        await self.look()
        return self._every_seconds

    def _read(self) -> Sequence[Pause]:
        with reading(self._engine) as connection:
            return pauses(connection)
