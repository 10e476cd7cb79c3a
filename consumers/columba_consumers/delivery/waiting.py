"""Who waits for a turn: in the lanes for a slot, or for their moment at the gate of their destination."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from columba_shared.event import Lane

from columba_consumers.pace.turn import Turn


@dataclass(frozen=True, slots=True, eq=False)
class Waiter:
    """Somebody who waits, in which lane and for which destination."""

    future: "asyncio.Future[Turn]"
    lane: Lane
    destination: str


class Waiting:
    """In each lane first come, first served; those who wait at gates are apart, so that nobody goes round them."""

    def __init__(self) -> None:
        self._lanes: dict[Lane, deque[Waiter]] = {lane: deque() for lane in Lane}
        self._gates: dict[Lane, dict[str, deque[Waiter]]] = {lane: {} for lane in Lane}
        self._numbers: dict[str, int] = {}

    @property
    def numbers(self) -> Mapping[str, int]:
        """How many wait for each destination, wherever they do."""
        return self._numbers

    @property
    def in_lanes(self) -> bool:
        """Whether anybody waits who is at no gate."""
        return any(self._lanes.values())

    @property
    def destinations_at_gates(self) -> set[str]:
        """At whose gates somebody waits."""
        return {destination for gates in self._gates.values() for destination in gates}

    def lets_pass(self, destination: str) -> bool:
        """Say whether one more for this destination would overtake nobody."""
        return destination not in self._numbers and not self.in_lanes

    def of(self, lane: Lane) -> Sequence[Waiter]:
        """Return those in a lane, the first first."""
        return self._lanes[lane]

    def at_gates(self, lane: Lane) -> Iterable[Sequence[Waiter]]:
        """Return those of a lane who are at gates, by destination, as they are now."""
        return [tuple(waiting) for waiting in self._gates[lane].values()]

    def add(self, waiter: Waiter) -> None:
        """Let somebody wait for a slot."""
        self._lanes[waiter.lane].append(waiter)
        self._count(waiter, 1)

    def add_at_gate(self, waiter: Waiter) -> None:
        """Let somebody wait at the gate of their destination."""
        self._gates[waiter.lane].setdefault(waiter.destination, deque()).append(waiter)
        self._count(waiter, 1)

    def move_to_gate(self, waiter: Waiter) -> None:
        """Let somebody out of their lane whose destination turned out to have a gate that is not open yet."""
        self.remove(waiter)
        self.add_at_gate(waiter)

    def remove(self, waiter: Waiter) -> bool:
        """Let somebody go, quickest when they are the first; False if they are not here."""
        lane, gates = self._lanes[waiter.lane], self._gates[waiter.lane]
        at_gate = gates.get(waiter.destination, deque())
        if waiter in lane:
            lane.remove(waiter)
        elif waiter in at_gate:
            at_gate.remove(waiter)
            if not at_gate:
                del gates[waiter.destination]
        else:
            return False
        self._count(waiter, -1)
        return True

    def take_all(self) -> list[Waiter]:
        """Let everybody go, and return them, first come first within lane and destination."""
        found = [waiter for lane in Lane for waiting in self.at_gates(lane) for waiter in waiting]
        found += [waiter for lane in Lane for waiter in self._lanes[lane]]
        for lane in Lane:
            self._lanes[lane].clear()
            self._gates[lane].clear()
        self._numbers.clear()
        return found

    def _count(self, waiter: Waiter, change: int) -> None:
        number = self._numbers.get(waiter.destination, 0) + change
        if number:
            self._numbers[waiter.destination] = number
        else:
            del self._numbers[waiter.destination]
