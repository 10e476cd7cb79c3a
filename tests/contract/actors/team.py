"""One process's part in delivering, without anything to deliver: its pacer, its turnstile and its reports."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.pace import Limits, Pacer, Reports, SharedTime
from columba_shared.event import Lane
from columba_shared.log import destinations
from sqlalchemy import Engine


class Team:
    """One process's part in delivering: its pacer, its turnstile, and what began when."""

    def __init__(self, log: Engine, limits: Limits, *, slots: int = 20, room: int = 10) -> None:
        self.log = log
        time = SharedTime()
        self.pacer = Pacer("email", log, limits=limits, time=time, room=room)
        self.turnstile = Turnstile(slots, self.pacer)
        self.reports = Reports(self.pacer, log, time=time, process_id=uuid4)
        self.begun: list[tuple[float, str]] = []
        self.done = asyncio.Condition()

    async def deliver(self, destination: str, lane: Lane = Lane.NORMAL, *, returning: bool = False) -> None:
        """Deliver one, at once."""
        async with self.turnstile.turn(lane, destination=destination, returning=returning) as turn:
            await turn.begin()
            self.begun.append((time.monotonic(), destination))
        async with self.done:
            self.done.notify_all()

    def send(self, *names: str, lane: Lane = Lane.NORMAL, returning: bool = False) -> list["asyncio.Task[None]"]:
        """Begin to deliver to each of these destinations."""
        return [asyncio.create_task(self.deliver(name, lane, returning=returning)) for name in names]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to have begun."""
        async with asyncio.timeout(20), self.done:
            await self.done.wait_for(condition)

    async def put_off(self, destination: str, lane: Lane = Lane.NORMAL, *, punctual: bool = False) -> float:
        """Put one off at a destination's gate."""
        return await self.pacer.put_off(self.pacer.gates.of(destination), lane, punctual=punctual)

    def reason(self, destination: str) -> str:
        """Say why."""
        return self.pacer.reason(self.pacer.gates.of(destination))

    def heed(self) -> None:
        """Look at what the log says of destinations, as the lookout does."""
        with self.log.connect().execution_options(reading=True) as connection:
            _, found = destinations.restrictions(connection)
        self.pacer.heed({each.name: each.flow for each in found})


@asynccontextmanager
async def at_work(*teams: Team) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(team.pacer.reservations.run()) for team in teams]
    try:
        yield
    finally:
        for team in teams:
            team.pacer.reservations.stop()
        await asyncio.gather(*tasks)
