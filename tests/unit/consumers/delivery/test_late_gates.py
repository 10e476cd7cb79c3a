"""A gate that closes in front of somebody: whoever came while it was open has a moment asked for at once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.pace.turn import Turn
from columba_shared.event import Lane


@dataclass(slots=True)
class Gates:
    """A pacer whose gates open and close as the test says; moments come when they are asked for."""

    closed: set[str] = field(default_factory=set)
    asked: int = 0
    admit: Callable[[], None] = field(default=lambda: None)

    @property
    def reservations(self) -> "Gates":
        """Be that too."""
        return self

    def need(self) -> None:
        """Take note that moments are wanted."""
        self.asked += 1

    def serve(self, waiting: Mapping[str, int], *, admit: Callable[[], None], review: Callable[[], None]) -> None:
        """Keep whom to tell."""
        del waiting, review
        self.admit = admit

    def crowded_at(self, *_: object, **__: object) -> None:
        """Nowhere is a crowd."""

    def seconds_left(self) -> float:
        """Nothing holds up everybody."""
        return 0.0

    def seconds_left_at(self, destination: str) -> float:
        """Say how long it stays closed: until moments have come."""
        return float("inf") if destination in self.closed else 0.0

    def take(self, destination: str) -> Turn:
        """Let one pass."""
        return Turn(destination)

    def opened(self) -> None:
        """Have moments for everybody."""
        self.closed.clear()
        self.admit()


async def test_whoever_is_sent_to_a_gate_late_has_a_moment_asked_for() -> None:
    gates = Gates()
    turnstile = Turnstile(1, cast("Any", gates))
    passed = asyncio.Event()

    async def go() -> None:
        async with turnstile.turn(Lane.NORMAL, destination="slow.example"):
            passed.set()

    async with asyncio.TaskGroup() as group:
        async with turnstile.turn(Lane.NORMAL, destination="other.example"):
            group.create_task(go())
            await asyncio.sleep(0)
            gates.closed.add("slow.example")
        assert (gates.asked, passed.is_set()) == (1, False)
        gates.opened()
        await passed.wait()
