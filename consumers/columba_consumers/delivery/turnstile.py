"""Who may go next: as many at once as the target has slots, urgent lanes first, none before its moment."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf

from columba_shared.event import Lane

from columba_consumers.delivery.quota import Quota
from columba_consumers.pace.gate import Gate
from columba_consumers.pace.pacer import Pacer
from columba_consumers.pace.turn import Turn


class Stopping(Exception):
    """The process is stopping and this delivery has not begun."""


class Paused(Exception):
    """The target is paused and this delivery has not begun."""


class Crowded(Exception):
    """Too many wait at one of this delivery's gates already: it is to come again later."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate.name)
        self.gate = gate


@dataclass(frozen=True, slots=True, eq=False)
class Waiter:
    """Somebody who waits, for which destination."""

    future: "asyncio.Future[Turn]"
    destination: str


class Turnstile:
    """Lets deliveries of one target begin."""

    def __init__(self, slots: int, pacer: Pacer | None = None, quota: Quota | None = None) -> None:
        """Allow ``slots`` deliveries at once, each only when the pacer lets it pass, and no more than the quota has."""
        self._free = slots
        self._slots = slots
        self._pacer = pacer
        self._quota = quota
        self._waiting: dict[Lane, deque[Waiter]] = {lane: deque() for lane in Lane}
        self._waiting_for: Counter[str] = Counter()
        self._alarm: asyncio.TimerHandle | None = None
        self._shut = False
        self._paused = False
        self._stopping = False
        if pacer is not None:
            pacer.serve(self._waiting_for, admit=self._admit, review=self._review)
        if quota is not None:
            quota.serve(self._admit)

    @property
    def is_shut(self) -> bool:
        """Whether the target is taken to be down."""
        return self._shut

    @property
    def is_paused(self) -> bool:
        """Whether somebody has paused the target."""
        return self._paused

    @property
    def waiting_for(self) -> Mapping[str, int]:
        """How many wait for each destination."""
        return self._waiting_for

    @property
    def begun(self) -> int:
        """How many are through and not yet done."""
        return self._slots - self._free

    @asynccontextmanager
    async def turn(
        self, lane: Lane, *, destination: str = "", returning: bool = False, alone: bool = False
    ) -> AsyncIterator[Turn]:
        """Wait for a turn and keep it.

        Raises Stopping when there will be none, Paused while nobody has one, and Crowded when it would take too long.
        """
        turn = await self._enter(lane, destination, returning=returning, alone=alone)
        try:
            yield turn
        finally:
            self._leave(turn)

    def shut(self) -> None:
        """Let nobody begin, until ``open``."""
        self._shut = True

    def open(self) -> None:
        """Let deliveries begin again."""
        self._shut = False
        self._admit()

    def pause(self) -> None:
        """Let nobody begin, until ``resume``; whoever waits gets Paused."""
        self._paused = True
        self._turn_away(Paused)

    def resume(self) -> None:
        """Let deliveries begin again, unless the target is down."""
        self._paused = False

    def stop(self) -> None:
        """Let nobody begin any more; whoever waits gets Stopping."""
        self._stopping = True
        self._turn_away(Stopping)

    def check(self) -> None:
        """Raise Stopping if nobody may begin any more, and Paused if nobody may now: for what needs no turn."""
        if self._stopping:
            raise Stopping
        if self._paused:
            raise Paused

    def _turn_away(self, why: type[Exception]) -> None:
        for waiting in self._waiting.values():
            for waiter in waiting:
                if not waiter.future.done():
                    waiter.future.set_exception(why())
            waiting.clear()
        self._waiting_for.clear()

    async def _enter(self, lane: Lane, destination: str, *, returning: bool, alone: bool) -> Turn:
        self.check()
        pacer = self._pacer
        if pacer is not None:
            gate = pacer.crowded_at(destination, lane, returning=returning, alone=alone)
            if gate is not None:
                raise Crowded(gate)
        if self._free and not self._shut and not any(self._waiting.values()):
            turn = self._taken(destination)
            if turn is not None:
                return turn
        waiter = Waiter(asyncio.get_running_loop().create_future(), destination)
        self._waiting[lane].append(waiter)
        self._waiting_for[destination] += 1
        self._set_alarm()
        try:
            return await waiter.future
        except asyncio.CancelledError:
            self._withdraw(lane, waiter)
            raise

    def _withdraw(self, lane: Lane, waiter: Waiter) -> None:
        future = waiter.future
        if waiter in self._waiting[lane]:
            self._waiting[lane].remove(waiter)
            self._count_out(waiter)
        elif future.done() and not future.cancelled() and future.exception() is None:
            self._leave(future.result())

    def _leave(self, turn: Turn) -> None:
        self._free += 1
        if self._quota is None:
            self._admit()
        else:
            self._quota.end(turn.state)

    def _taken(self, destination: str) -> Turn | None:
        """Take a slot, and pass the gates; None when one of them lets nobody pass now."""
        if self._quota is not None and not self._quota.is_free:
            return None
        pacer = self._pacer
        if pacer is not None and (pacer.seconds_left() > 0 or pacer.seconds_left_at(destination) > 0):
            return None
        self._free -= 1
        if self._quota is not None:
            self._quota.begin()
        return Turn(destination) if pacer is None else pacer.take(destination)

    def _admit(self) -> None:
        """Let in who may begin now; whoever waits for a destination stands in nobody else's way."""
        for waiting in self._waiting.values():
            staying: deque[Waiter] = deque()
            while waiting and self._free and not self._shut:
                waiter = waiting.popleft()
                turn = None if waiter.future.done() else self._taken(waiter.destination)
                if turn is None and not waiter.future.done():
                    staying.append(waiter)
                    if self._pacer is not None and self._pacer.seconds_left() > 0:
                        break
                    continue
                self._count_out(waiter)
                if turn is not None:
                    waiter.future.set_result(turn)
            waiting.extendleft(reversed(staying))
        self._set_alarm()

    def _count_out(self, waiter: Waiter) -> None:
        """Count one fewer who waits; of a destination for which nobody does nothing is kept."""
        self._waiting_for[waiter.destination] -= 1
        if not self._waiting_for[waiter.destination]:
            del self._waiting_for[waiter.destination]

    def _set_alarm(self) -> None:
        """See to it that somebody looks when the next may pass, and that there are moments for who waits."""
        if self._pacer is None or not self._free or self._shut or not any(self._waiting.values()):
            return
        if self._quota is not None and not self._quota.is_free:
            return
        self._pacer.reservations.need()
        seconds = self._seconds_left(self._pacer)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if seconds < inf:
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._admit)

    def _seconds_left(self, pacer: Pacer) -> float:
        soonest = min((pacer.seconds_left_at(destination) for destination in self._waiting_for), default=inf)
        return max(soonest, pacer.seconds_left())

    def _review(self) -> None:
        """Turn away whoever waits where too many do, now that more is known of the destinations; then let others in."""
        if self._pacer is None:
            return
        for lane, waiting in self._waiting.items():
            for waiter in list(waiting):
                self._count_out(waiter)
                gate = self._pacer.crowded_at(waiter.destination, lane, returning=True)
                if gate is not None:
                    waiting.remove(waiter)
                    if not waiter.future.done():
                        waiter.future.set_exception(Crowded(gate))
                else:
                    self._waiting_for[waiter.destination] += 1
        self._admit()
