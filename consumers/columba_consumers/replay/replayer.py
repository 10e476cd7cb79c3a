"""Takes the steps of a replay: as many as may go, a look at how they fare, until all have gone or too many fail."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.log import replaying, replays
from columba_shared.log.audit import Author
from columba_shared.log.engine import reading
from columba_shared.log.foresight import Staying, Stays
from columba_shared.log.replaying import Step
from columba_shared.log.replays import Replay
from columba_shared.log.transacting import transact
from sqlalchemy import Connection, Engine

from columba_consumers.copies.following import Following
from columba_consumers.replay.gauge import Gauge

LOOK_SECONDS: Final = 0.03
PATIENCE: Final = timedelta(minutes=10)
LAST_WORDS: Final = timedelta(seconds=15)
"""When all have gone, those that are under way are waited for as long as none of them takes longer than this."""
EXAMPLES: Final = 3

Told = Callable[["Result", Gauge], None]


@dataclass(slots=True, kw_only=True)
class Result:
    """What one run of a replay came to; ``problem`` says what went wrong, ``over`` whether nothing is left to go."""

    reopened: int = 0
    published: int = 0
    left: Counter[Stays] = field(default_factory=Counter)
    examples: defaultdict[Stays, list[Staying]] = field(default_factory=lambda: defaultdict(list))
    problem: str | None = None
    over: bool = False

    def leave(self, staying: Sequence[Staying]) -> None:
        """Count what did not go."""
        for each in staying:
            self.left[each.why] += 1
            if len(self.examples[each.why]) < EXAMPLES:
                self.examples[each.why].append(each)


def _quietly(result: Result, gauge: Gauge) -> None:
    del result, gauge


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """Every step is committed before anything is published; a crash between leaves it to the reconciler.

    Any number may take steps of one replay at once: each delivery goes once, its rate is kept by all together, and when
    one of them stops it, all stop.
    """

    engine: Engine
    following: Following
    author: Author
    patience: timedelta = PATIENCE
    now: Clock = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    told: Told = _quietly

    async def run(self, replay: Replay) -> Result:
        """Take steps until there are none left, or one of the bounds is passed; the log says so either way.

        What went last is waited for as well, unless nobody seems to be at work: how it fared may be a problem, too.
        """
        result, gauge = Result(), Gauge(terms=replay.terms)
        after, heard_at = None, self.monotonic()
        while result.problem is None:
            if gauge.watches and gauge.outstanding and self._look(gauge):
                heard_at = self.monotonic()
            self.told(result, gauge)
            result.problem = _failing(gauge, "stopped by itself") or self._silence(gauge, heard_at)
            if result.problem is not None:
                break
            step = self._take(replay, gauge.room, after)
            if step is None or step.pause is not None:
                await self.sleep(_rest_seconds(step, watching=gauge.watches))
                continue
            if step.last is None:
                result.problem = step.stopped
                break
            heard_at = heard_at if gauge.outstanding else self.monotonic()
            after = step.last
            await self._publish(step, gauge, result)
        self._end(replay, result)
        if result.over and result.problem is None:
            await self._hear_out(gauge, result)
        return result

    async def _hear_out(self, gauge: Gauge, result: Result) -> None:
        """Wait for the outcomes of what went last, as long as there are some."""
        patience = min(LAST_WORDS, self.patience).total_seconds()
        heard_at = self.monotonic()
        while gauge.awaits_the_last and self.monotonic() - heard_at < patience:
            if self._look(gauge):
                heard_at = self.monotonic()
            self.told(result, gauge)
            await self.sleep(LOOK_SECONDS)
        result.problem = _failing(gauge, "all have gone")

    def _look(self, gauge: Gauge) -> int:
        with reading(self.engine) as connection:
            return gauge.see(replaying.fates(connection, sorted(gauge.outstanding)))

    def _take(self, replay: Replay, room: int, after: UUID | None) -> Step | None:
        """Take a step; None when there is no room for one."""
        if room == 0:
            return None
        return transact(
            self.engine,
            lambda connection: replaying.take(
                connection, replay, after=after, limit=room, author=self.author, now=self.now()
            ),
        )

    async def _publish(self, step: Step, gauge: Gauge, result: Result) -> None:
        result.leave(step.staying)
        result.reopened += len(step.going)
        gauge.send(each.id for each in step.going)
        copied = await self.following.publish(step.going)
        result.published += copied.count
        if copied.stopped is not None:
            result.problem = str(copied.stopped)
        elif self.following.dispatch is not None and copied.count + copied.unreadable < len(step.going):
            missing = len(step.going) - copied.count - copied.unreadable
            result.problem = f"{missing:,} found no queue: is everything there? `columba topology check`"

    def _silence(self, gauge: Gauge, heard_at: float) -> str | None:
        """Say that nothing has been heard for too long of what is waited for; None: there is hope."""
        if gauge.room or not gauge.outstanding or self.monotonic() - heard_at < self.patience.total_seconds():
            return None
        return (
            f"no outcome within {self.patience.total_seconds():,.0f} s of {len(gauge.outstanding)} that went: "
            "is a consumer running, or their target paused or down?"
        )

    def _end(self, replay: Replay, result: Result) -> None:
        def end(connection: Connection) -> bool:
            if result.problem is None or not replays.has_more(connection, replay.id):
                replays.finish(connection, replay.id, now=self.now())
                return True
            replays.stop(connection, replay.id, result.problem)
            return False

        result.over = transact(self.engine, end)


def _failing(gauge: Gauge, how: str) -> str | None:
    problem = gauge.problem
    return None if problem is None else f"{how}: {problem}"


def _rest_seconds(step: Step | None, *, watching: bool) -> float:
    if step is None or step.pause is None:
        return LOOK_SECONDS
    return min(step.pause.total_seconds(), LOOK_SECONDS) if watching else step.pause.total_seconds()
