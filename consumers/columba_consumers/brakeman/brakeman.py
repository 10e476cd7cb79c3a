"""Counts how much there is of each kind and how it goes, and pulls a brake when that leaves its usual range."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.log import unusual, volumes
from columba_shared.log.brake import Brake
from columba_shared.log.engine import reading
from columba_shared.log.transacting import transact
from columba_shared.log.unusual import Range, Unusual
from columba_shared.log.volumes import What
from columba_shared.settings import Settings
from columba_shared.telemetry import emit
from sqlalchemy import Connection, Engine

from columba_consumers.rounds import Rounds

LAG: Final = timedelta(seconds=5)
"""So long after it happened it is counted: by then it is committed, though the clock of who wrote it may be behind."""
CHUNK: Final = 10_000
FEW: Final = 500
"""So many are forgotten at once."""
STEPS: Final = 10
"""Of each thing that is counted, in one round: a round is over soon, whatever there is to catch up with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What is usual, how often to look, and whether to pull a brake or only to tell."""

    usual: Range
    every: timedelta
    pulls: bool


class Brakeman:
    """Any number may run at once: nothing is counted or told twice, and one brake is pulled."""

    def __init__(
        self, engine: Engine, watching: Watching, *, lag: timedelta = LAG, chunk: int = CHUNK, now: Clock = utc_now
    ) -> None:
        """Prepare; nothing is looked at before ``run`` or ``run_once``."""
        self._engine = engine
        self._watching = watching
        self._lag = lag
        self._chunk = chunk
        self._now = now
        self._hour: datetime | None = None
        self._rounds = Rounds("brakeman", self._round)

    async def run(self) -> None:
        """Watch until stopped."""
        await self._rounds.run()

    def stop(self) -> None:
        """Let the round that is under way be the last."""
        self._rounds.stop()

    @property
    def healthy(self) -> bool:
        """Whether it gets somewhere."""
        return self._rounds.healthy

    async def run_once(self) -> list[Brake]:
        """Count what there is to count and, if that is all, judge it; return the brakes that were pulled."""
        until = self._now() - self._lag
        counted = [await asyncio.to_thread(self._count, what, until) for what in What]
        if not all(counted):
            return []
        if self._hour != volumes.hour_of(until):
            await asyncio.to_thread(self._forget, until)
            self._hour = volumes.hour_of(until)
        found = await asyncio.to_thread(self._unusual, until)
        pulled = [await asyncio.to_thread(self._act, each) for each in found]
        return [brake for brake in pulled if brake is not None]

    async def _round(self) -> float:
        await self.run_once()
        return self._watching.every.total_seconds()

    def _count(self, what: What, until: datetime) -> bool:
        """Count some of it; say whether that was all."""
        for _ in range(STEPS):
            with reading(self._engine) as connection:
                if not volumes.left(connection, what, until=until):
                    return True
            transact(self._engine, lambda connection: volumes.count(connection, what, until=until, most=self._chunk))
        return False

    def _forget(self, until: datetime) -> None:
        before = until - volumes.MEMORY
        for forget in (partial(volumes.forget, before=before, most=FEW), partial(volumes.forget_idle, most=FEW)):
            while transact(self._engine, forget):
                pass

    def _unusual(self, until: datetime) -> list[Unusual]:
        with reading(self._engine) as connection:
            found = unusual.unusual(connection, self._watching.usual, now=until)
            return [each for each in found if not unusual.braked_lately(connection, each)]

    def _act(self, found: Unusual) -> Brake | None:
        """Pull a brake; or tell of it, once an hour, whoever does."""
        if not self._watching.pulls:
            if transact(self._engine, lambda connection: unusual.tell(connection, found)):
                emit("brake.unusual", kind=found.kind, target=found.target, why=found.why)
            return None
        brake = transact(self._engine, lambda connection: self._pull(connection, found))
        if brake is not None:
            emit("brake.pulled", brake=brake.id, kind=found.kind, target=found.target, why=found.why)
        return brake

    def _pull(self, connection: Connection, found: Unusual) -> Brake | None:
        return unusual.pull(connection, found, now=self._now())


def brakemen(engine: Engine, settings: Settings) -> "list[Brakeman]":
    """Return who watches, as the settings say: nobody when it is off."""
    if settings.brake_automatic == "off":
        return []
    usual = Range(volume=settings.brake_volume, floor=settings.brake_volume_floor, failures=settings.brake_failures)
    pulls = settings.brake_automatic == "pull"
    return [Brakeman(engine, Watching(usual=usual, every=settings.reconcile_every, pulls=pulls))]
