"""Sees which targets are paused, and which of their destinations are slowed or shut, and tells their workers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from columba_shared.log.destinations import Restriction, restrictions
from columba_shared.log.engine import reading
from columba_shared.log.flow import Flow
from columba_shared.log.pauses import Pause, pauses
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.pace import SharedTime
from columba_consumers.rounds import Rounds

EVERY_SECONDS: Final = 0.4


class Steered(Protocol):
    """What can be told to begin nothing new, to go on, and how fast."""

    async def pause(self) -> None:
        """Begin nothing new; what is under way finishes."""

    async def resume(self) -> None:
        """Begin again."""

    def heed(self, flows: Mapping[str, Flow]) -> None:
        """Take what is known of the destinations that are not simply open; all others are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was in the log at one moment of the database's time."""

    pauses: Sequence[Pause]
    restrictions: Sequence[Restriction]
    at: datetime


class Lookout:
    """Looks twice a second. While the database is away, what was seen last holds."""

    def __init__(
        self,
        engine: Engine,
        workers: Mapping[str, Steered],
        *,
        time: SharedTime | None = None,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        """Prepare to tell these workers, by target; nothing is looked at before ``look`` or ``run``."""
        self._engine = engine
        self._workers = workers
        self._time = time or SharedTime()
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
        self._time.told(seen.at)
        for target, worker in self._workers.items():
            worker.heed({each.name: each.flow for each in seen.restrictions if each.target == target})
        paused = {each.target: each for each in seen.pauses if each.target in self._workers}
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

    def _read(self) -> Seen:
        with reading(self._engine) as connection:
            paused = pauses(connection)
            at, restricted = restrictions(connection)
            return Seen(pauses=paused, restrictions=restricted, at=at)
