"""The pacer of one target: who may begin now, who waits for their moment, and who is put off."""

import random
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Final

from columba_shared.event import Lane
from columba_shared.log.flow import Flow
from sqlalchemy import Engine

from columba_consumers.pace.gate import AHEAD_SECONDS, GRACE_SECONDS, LATE_SECONDS, Gate
from columba_consumers.pace.gates import Gates
from columba_consumers.pace.limits import Limits
from columba_consumers.pace.reservations import Reservations
from columba_consumers.pace.shared_time import SharedTime
from columba_consumers.pace.tempo import Tempo
from columba_consumers.pace.turn import Turn, TurnLapsed

SOON_SECONDS: Final = 2.0
"""Whoever would wait longer at a destination's gate is put off, and keeps no other from being received."""
PATIENCE_SECONDS: Final = 10.0
"""Whoever was put off before, or is urgent, may wait so long."""

RETURNING: Final = 30
"""Those who lost their place come back within the time in which so many pass: sooner, most would come in vain."""
SHORTEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 600.0
"""Whoever would wait longer for the whole target, the account or the process is put off: brokers lose patience too."""
_SPANS: Final = (("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0))


def rate_of(a_second: float) -> str:
    """Return a rate as settings have it, in the shortest span that has one of them."""
    span, seconds = next((each for each in _SPANS if a_second * each[1] >= 1), _SPANS[-1])
    return f"{a_second * seconds:g}/{span}"


class Pacer:
    """Keeps within the limits, together with all other processes on the same database."""

    def __init__(
        self,
        target: str,
        engine: Engine,
        *,
        limits: Limits,
        time: SharedTime,
        room: int,
        apart: bool = False,
    ) -> None:
        """Let at most ``room`` wait at the gates of destinations, all together; ``apart``: for one of many accounts."""
        self.target = target
        self.gates = Gates(limits, time, apart=apart)
        self.tempo = Tempo(monotonic=time.monotonic)
        self.reservations = Reservations(target, engine, gates=self.gates, time=time)
        self._time = time
        self._room = room
        self._waiting_for: Mapping[str, int] = {}
        self._look_again: Callable[[], None] = lambda: None

    def serve(self, waiting_for: Mapping[str, int], *, admit: Callable[[], None], review: Callable[[], None]) -> None:
        """Say how many wait for each destination, and whom to tell of new moments and of gates that were shut."""
        self._waiting_for, self._look_again = waiting_for, review
        self.reservations.serve(self._waiting_at, admit)

    def crowded_at(self, destination: str, lane: Lane, *, returning: bool = False, alone: bool = False) -> Gate | None:
        """Return the gate at which one more would wait for too long, and is to be put off instead; None: they may wait.

        Those who were put off before go first; whoever stands ``alone`` keeps others waiting, and waits only briefly.
        """
        for gate in self.gates.common:
            if not gate.is_open and gate.seconds_for(sum(self._waiting_for.values())) > LONGEST_SECONDS:
                return gate
        at = self.gates.at(destination)
        if at is None or at.is_open:
            return None
        return at if self._is_crowded(at, lane, returning=returning, alone=alone) else None

    def _is_crowded(self, gate: Gate, lane: Lane, *, returning: bool, alone: bool) -> bool:
        if alone:
            return gate.shut_seconds > 0 or (gate.rate or inf) < 1
        seconds = gate.seconds_for(self._waiting_for.get(gate.name, 0))
        if seconds > AHEAD_SECONDS and self._crowd() >= self._room:
            return True
        if returning or lane is Lane.URGENT:
            return seconds > PATIENCE_SECONDS
        return gate.has_line or seconds > SOON_SECONDS

    async def put_off(self, gate: Gate, lane: Lane, *, punctual: bool = False) -> float:
        """Return in how many seconds somebody who is put off at a gate is to come again.

        Whoever came back on time and finds too many others has lost a place, not their turn, and urgent mail stands
        behind nobody who was put off: both come again as soon as those have gone who wait.
        """
        if gate.is_open:
            return 0.0
        at_destination = gate not in self.gates.common
        if lane is Lane.URGENT or (punctual and at_destination and not gate.shut_seconds):
            waiting = self._waiting_for.get(gate.name, 0) if at_destination else sum(self._waiting_for.values())
            longest = min(max(RETURNING / (gate.rate or inf), SHORTEST_SECONDS), 3 * PATIENCE_SECONDS)
            return gate.seconds_for(waiting) + random.uniform(longest / 10, longest)  # noqa: S311 - no secret
        return gate.place() if gate.own else await self.reservations.place(gate)

    def reason(self, gate: Gate) -> str:
        """Say why somebody is put off there."""
        where = gate.name or self.target
        if gate.flow.reply:
            return f"{where} is given time: {gate.flow.reply}"
        return (
            f"{where} is given no more than {rate_of(gate.limit)}" if gate.limit else f"{where} is given less for now"
        )

    def seconds_left(self) -> float:
        """Return how long until the process, the target and the account let anybody pass; infinity: not known yet."""
        return max((gate.seconds_left() for gate in self.gates.common if not gate.is_open), default=0.0)

    def seconds_left_at(self, destination: str) -> float:
        """Return the same of a destination."""
        gate = self.gates.at(destination)
        return 0.0 if gate is None else gate.seconds_left()

    def take(self, destination: str) -> Turn:
        """Begin a turn; only when no seconds are left anywhere."""
        self.tempo.count(destination)
        at = self.gates.at(destination)
        gates = [gate for gate in (*self.gates.common, at) if gate is not None and not gate.is_open]
        if not gates:
            return Turn(destination)
        ends = [end for gate in gates if (end := gate.pass_one()) is not None]
        until = min(ends, default=self._time.monotonic() + GRACE_SECONDS)
        return Turn(destination, confirm=self.confirm, gates=gates, until=until)

    async def confirm(self, gates: Sequence[Gate], *, until: float) -> None:
        """Let a turn that has lapsed have another, if there is one soon; raises TurnLapsed."""
        if any(gate.shut_seconds > 0 for gate in gates):
            raise TurnLapsed
        if self._time.monotonic() <= until:
            return
        if not await self.reservations.moment(gates, within_seconds=LATE_SECONDS):
            raise TurnLapsed

    def heed(self, flows: Mapping[str, Flow]) -> None:
        """Take what the database has of every destination of this target that is not simply open."""
        self.gates.heed(flows, needed=self._waiting_for)
        self._look_again()

    def learn(self, name: str, flow: Flow) -> None:
        """Take what one destination has come to."""
        self.gates.of(name).learned(flow)
        self._look_again()

    def _waiting_at(self, gate: Gate) -> int:
        """Return how many could pass this gate about now: at the common ones, not who waits for their destination."""
        if gate not in self.gates.common:
            return self._waiting_for.get(gate.name, 0)
        return sum(self._ready(destination, number) for destination, number in self._waiting_for.items())

    def _ready(self, destination: str, waiting: int) -> int:
        gate = self.gates.at(destination)
        return waiting if gate is None or gate.is_open else min(waiting, gate.in_hand)

    def _crowd(self) -> int:
        """Return how many their destination keeps waiting, and nothing else."""
        return sum(
            number
            for destination, number in self._waiting_for.items()
            if (gate := self.gates.at(destination)) is not None
            and not gate.is_open
            and gate.seconds_for(number - 1) > AHEAD_SECONDS
        )
