"""Two rounds that never end: watching the processes' heartbeats, and looking over what should have happened."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.log import leases
from columba_shared.publishing import PublishError
from columba_shared.publishing.connection import Access
from columba_shared.telemetry import emit
from columba_shared.topology import Plan
from sqlalchemy import Engine

from columba_consumers.copies.copying import Copying, to_target
from columba_consumers.copies.dispatch import Dispatch
from columba_consumers.delivery.decision import Policy
from columba_consumers.reconciler.inheritance import Inheritance, is_to_resend
from columba_consumers.reconciler.lost import Lost
from columba_consumers.reconciler.report import Report
from columba_consumers.reconciler.republishing import Republishing
from columba_consumers.reconciler.upkeep import Upkeep
from columba_consumers.reconciler.watch import Watch
from columba_consumers.rounds import Rounds

LOOKS_PER_LEASE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a silent process is taken to be alive, how often to look, and how long to leave things alone."""

    lease: timedelta
    every: timedelta
    grace: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is reconciled: the log's engine, the way to publish, the broker, and the targets with their policies."""

    engine: Engine
    dispatch: Dispatch
    access: Access
    targets: Sequence[str]
    policies: Mapping[str, Policy]


class Reconciler:
    """For a real broker. Everything it does is conditional on what the log says, so any number may run at once."""

    def __init__(
        self,
        scope: Scope,
        pace: Pace,
        *,
        now: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is looked at before ``run`` or ``run_once``."""
        self._engine = scope.engine
        self._pace = pace
        self._now = now
        self._monotonic = monotonic
        self._copying = Copying(engine=scope.engine, dispatch=scope.dispatch, now=now)
        self._inheritance = Inheritance(engine=scope.engine, policies=scope.policies, now=now)
        self._upkeep = Upkeep(plan=Plan.for_targets(tuple(scope.targets)), access=scope.access)
        self._republishing = Republishing(
            engine=scope.engine,
            copying=self._copying,
            access=scope.access,
            targets=tuple(scope.targets),
            grace=pace.grace,
            now=now,
        )
        self._lost = Lost(scope.engine, scope.dispatch, scope.access, targets=scope.targets, grace=pace.grace, now=now)
        self._watch = Watch(lease_seconds=pace.lease.total_seconds())
        self._rounds = (Rounds("reconciler.watch", self._watch_round), Rounds("reconciler", self._look_round))

    async def run(self) -> None:
        """Watch and look until stopped."""
        async with asyncio.TaskGroup() as tasks:
            for rounds in self._rounds:
                tasks.create_task(rounds.run())

    def stop(self) -> None:
        """Let the rounds that are under way be the last."""
        for rounds in self._rounds:
            rounds.stop()

    @property
    def healthy(self) -> bool:
        """Whether both rounds get somewhere."""
        return all(rounds.healthy for rounds in self._rounds)

    async def run_once(self) -> Report:
        """Do one round of everything and tell what it did; one look alone declares nobody dead.

        Raises what the database raises, and PublishError when the broker is away.
        """
        watched = await self.watch()
        looked = await self.look_over()
        return replace(looked, processes_ended=watched.processes_ended, settled=watched.settled, parked=watched.parked)

    async def watch(self) -> Report:
        """Look at the heartbeats; settle what the processes that are dead, or ended by themselves, were sending."""
        ended = await self._end_the_silent()
        settled, parked = 0, 0
        stopped: PublishError | None = None
        while chunk := await asyncio.to_thread(self._inheritance.settle):
            resent = [each for each in chunk if is_to_resend(each)]
            settled, parked = settled + len(chunk), parked + len(chunk) - len(resent)
            copied = await self._copying.send(resent, to=to_target)
            stopped = stopped or copied.stopped
        if stopped is not None:
            raise stopped
        return Report(processes_ended=ended, settled=settled, parked=parked)

    async def look_over(self) -> Report:
        """Mend the broker, then publish what should be on its way and is not."""
        mended = await asyncio.to_thread(self._upkeep.mend)
        return Report(
            redeclared=mended.redeclared,
            problem=mended.problem,
            unseen=await self._lost.restore(),  # first: it goes by which queues are empty
            sent_on=await self._republishing.send_on(),
            restored=await self._republishing.restore(),
            dead_letters=await self._republishing.bury(),
        )

    async def _end_the_silent(self) -> int:
        asked = self._monotonic()
        heartbeats = await asyncio.to_thread(leases.heartbeats, self._engine)
        silent = self._watch.see(heartbeats, asked=asked, answered=self._monotonic())
        ended = 0
        for seen in silent:
            if await asyncio.to_thread(leases.declare_dead, self._engine, seen, now=self._now):
                emit("reconciler.declared_dead", process=seen.process_id, role=seen.role, host=seen.host, pid=seen.pid)
                ended += 1
        return ended

    async def _watch_round(self) -> float:
        await self.watch()
        return self._pace.lease.total_seconds() / LOOKS_PER_LEASE

    async def _look_round(self) -> float:
        await self.look_over()
        return self._pace.every.total_seconds()
