"""Who may go next: as many at once as the target has slots, urgent lanes first, none before its moment."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from math import inf

from columba_shared.event import Lane
from columba_shared.state import State

from columba_consumers.delivery.quota import Quota
from columba_consumers.delivery.waiting import Waiter, Waiting
from columba_consumers.pace.gate import Gate
from columba_consumers.pace.pacer import Pacer
from columba_consumers.pace.turn import Turn


class Stopping(Exception):
    """The process is stopping and this delivery has not begun."""


class Paused(Exception):
    """The target is paused and this delivery has not begun."""


class Diverted(Exception):
    """This way is shut, and this delivery has not begun: there may be another one."""


class Crowded(Exception):
    """Too many wait at one of this delivery's gates already: it is to come again later."""

    def __init__(self, gate: Gate, pacer: Pacer) -> None:
        super().__init__(gate.name)
        self.gate = gate
        self.pacer = pacer


class Turnstile:
    """Lets deliveries of one target begin."""

    def __init__(
        self, slots: int, pacer: Pacer | None = None, quota: Quota | None = None, *, diverts: bool = False
    ) -> None:
        """Allow ``slots`` deliveries at once, each only when the pacer lets it pass, and no more than the quota has.

        One of several that ``diverts`` sends whoever waits to the others when it is shut.
        """
        self._diverts = diverts
        self._free = slots
        self._slots = slots
        self._pacer = pacer
        self._quota = quota
        self._waiting = Waiting()
        self._alarm: asyncio.TimerHandle | None = None
        self._look_at = inf
        self._shut = False
        self._paused = False
        self._stopping = False
        if pacer is not None:
            pacer.serve(self._waiting.numbers, admit=self._look, review=self._review)
        if quota is not None:
            quota.serve(self._look)

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
        return self._waiting.numbers

    @property
    def is_full(self) -> bool:
        """Whether every slot is taken."""
        return not self._free

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
        if self._diverts:
            self._turn_away(Diverted)

    def open(self) -> None:
        """Let deliveries begin again."""
        self._shut = False
        self._look()

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
        if self._stopping or (self._quota is not None and self._quota.is_used_up):
            raise Stopping
        if self._paused:
            raise Paused

    def count(self, state: State | None) -> None:
        """Count what became of somebody who needed no turn."""
        if self._quota is not None:
            self._quota.count(state)

    def _turn_away(self, why: type[Exception]) -> None:
        for waiter in self._waiting.take_all():
            if not waiter.future.done():
                waiter.future.set_exception(why())

    async def _enter(self, lane: Lane, destination: str, *, returning: bool, alone: bool) -> Turn:
        self.check()
        pacer = self._pacer
        if pacer is not None:
            gate = pacer.crowded_at(destination, lane, returning=returning, alone=alone)
            if gate is not None:
                raise Crowded(gate, pacer)
        if self._free and not self._shut and self._waiting.lets_pass(destination):
            turn = self._taken(destination)
            if turn is not None:
                return turn
        waiter = Waiter(asyncio.get_running_loop().create_future(), lane, destination)
        if pacer is not None and pacer.seconds_left_at(destination) > 0:
            self._waiting.add_at_gate(waiter)
            self._set_alarm()
        else:
            self._waiting.add(waiter)
            if self._free:
                self._set_alarm()
        try:
            return await waiter.future
        except asyncio.CancelledError:
            self._withdraw(waiter)
            raise

    def _withdraw(self, waiter: Waiter) -> None:
        future = waiter.future
        if not self._waiting.remove(waiter) and future.done() and not future.cancelled() and future.exception() is None:
            self._leave(future.result())

    def _leave(self, turn: Turn) -> None:
        self._free += 1
        if self._quota is None:
            self._admit()
        else:
            self._quota.end(turn.state)

    def _taken(self, destination: str) -> Turn | None:
        """Take a slot, and pass the gates; None when one of them lets nobody pass now."""
        if self._is_held_up():
            return None
        pacer = self._pacer
        if pacer is not None and pacer.seconds_left_at(destination) > 0:
            return None
        self._free -= 1
        if self._quota is not None:
            self._quota.begin()
        return Turn(destination) if pacer is None else pacer.take(destination)

    def _is_held_up(self) -> bool:
        """Say whether nobody may pass now, wherever they are to go."""
        if self._quota is not None and not self._quota.is_free:
            return True
        return self._pacer is not None and self._pacer.seconds_left() > 0

    def _look(self) -> None:
        """Let in who may begin now, those whose gate may have opened included."""
        self._look_at = -inf
        self._admit()

    def _admit(self) -> None:
        """Let in who may begin now; whoever waits at a gate stands in nobody else's way, and costs nobody time."""
        look = asyncio.get_running_loop().time() >= self._look_at
        moved = False
        for lane in Lane:
            if look:
                self._admit_at_gates(lane)
            moved |= self._admit_in(lane)
        if look or moved or (self._free and self._waiting.in_lanes):
            self._set_alarm()

    def _admit_in(self, lane: Lane) -> bool:
        """Let in who may; say whether somebody was sent to a gate that was open when they came."""
        moved, waiting = False, self._waiting.of(lane)
        while waiting and self._free and not self._shut:
            waiter = waiting[0]
            turn = None if waiter.future.done() else self._taken(waiter.destination)
            if turn is not None:
                self._waiting.remove(waiter)
                waiter.future.set_result(turn)
            elif waiter.future.done():
                self._waiting.remove(waiter)
            elif self._is_held_up():
                break
            else:
                self._waiting.move_to_gate(waiter)
                moved = True
        return moved

    def _admit_at_gates(self, lane: Lane) -> None:
        for waiting in self._waiting.at_gates(lane):
            for waiter in waiting:
                if not self._free or self._shut:
                    return
                turn = None if waiter.future.done() else self._taken(waiter.destination)
                if turn is None and not waiter.future.done():
                    break
                self._waiting.remove(waiter)
                if turn is not None:
                    waiter.future.set_result(turn)

    def _set_alarm(self) -> None:
        """See to it that somebody looks when the next may pass, and that there are moments for who waits.

        Those at gates have theirs although all slots are taken: one is free a moment later.
        """
        if self._pacer is None or self._shut or not self._waiting.numbers:
            return
        pacer, gates, loop = self._pacer, self._waiting.destinations_at_gates, asyncio.get_running_loop()
        if gates or self._free:
            pacer.reservations.need()
        at_gates = min(map(pacer.seconds_left_at, gates), default=inf)
        self._look_at = loop.time() + at_gates
        if self._free:
            self._wake_in(max(0.0 if self._waiting.in_lanes else at_gates, pacer.seconds_left()))

    def _wake_in(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if seconds < inf and (self._quota is None or self._quota.is_free):
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._look)

    def _review(self) -> None:
        """Turn away whoever waits where too many do, now that more is known of the destinations; then let others in."""
        if self._pacer is None:
            return
        for waiter in self._waiting.take_all():
            gate = self._pacer.crowded_at(waiter.destination, waiter.lane, returning=True)
            if gate is None:
                self._waiting.add(waiter)
            elif not waiter.future.done():
                waiter.future.set_exception(Crowded(gate, self._pacer))
        self._look()
