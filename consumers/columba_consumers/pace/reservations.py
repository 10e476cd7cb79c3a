"""Reservations: what the waiting of one process need, asked of the database for all gates at once."""

import asyncio
from collections.abc import Callable, Iterable
from math import inf

from columba_shared.log import destinations
from columba_shared.log.destinations import Given, Want
from columba_shared.log.transacting import transact
from sqlalchemy import Engine

from columba_consumers.pace.gate import Gate
from columba_consumers.pace.gates import Gates
from columba_consumers.pace.shared_time import SharedTime
from columba_consumers.rounds import Rounds

IDLE_SECONDS = 60.0
TOGETHER_SECONDS = 0.25
"""How long whoever is put off waits for others who are: a place in the line is never urgent."""


class Reservations:
    """Asks when somebody says that there is a need, one transaction after the other.

    While the database is away nobody gets a moment, and nobody could be claimed either.
    """

    def __init__(self, target: str, engine: Engine, *, gates: Gates, time: SharedTime) -> None:
        self._target = target
        self._engine = engine
        self._gates = gates
        self._time = time
        self._lining: dict[str, list[asyncio.Future[float]]] = {}
        self._arrived = asyncio.Event()
        self._waiting_at: Callable[[Gate], int] = lambda _gate: 0
        self._admit: Callable[[], None] = lambda: None
        self._rounds = Rounds(f"pace.{target}", self._round)

    def serve(self, waiting_at: Callable[[Gate], int], admit: Callable[[], None]) -> None:
        """Say who can tell how many wait at a gate, and who is to be told that there are moments for them."""
        self._waiting_at, self._admit = waiting_at, admit

    async def run(self) -> None:
        """Reserve what is needed, until stopped."""
        await self._rounds.run()

    def stop(self) -> None:
        """Reserve nothing more."""
        self._rounds.stop()

    def need(self) -> None:
        """Look what is needed."""
        self._rounds.hint()

    async def place(self, gate: Gate) -> float:
        """Return in how many seconds somebody may come again who is put off at a gate: a place in its line."""
        loop = asyncio.get_running_loop()
        if not self._lining:
            loop.call_later(TOGETHER_SECONDS, self.need)
        future = loop.create_future()
        self._lining.setdefault(gate.name, []).append(future)
        return float(await future)

    async def moment(self, gates: Iterable[Gate], *, within_seconds: float) -> bool:
        """Use up the next moment at each of the gates for somebody who has begun already; False: there is none soon."""
        wanted = tuple(gates)
        give_up_at = self._time.monotonic() + within_seconds
        for gate in wanted:
            gate.late += 1
        try:
            while (left := max(gate.seconds_left(late=True) for gate in wanted)) > 0:
                rest = give_up_at - self._time.monotonic()
                if rest < (left if left < inf else 0.0):
                    return False
                self.need()
                await self._news(min(left, rest))
        finally:
            for gate in wanted:
                gate.late -= 1
        for gate in wanted:
            gate.pass_one()
        return True

    async def _news(self, seconds: float) -> None:
        self._arrived.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError:
            return

    async def _round(self) -> float:
        lining, self._lining = self._lining, {}
        wants = self._wants({name: len(futures) for name, futures in lining.items()})
        if not wants:
            return IDLE_SECONDS
        try:
            given = await asyncio.to_thread(self._ask, wants)
        except BaseException:
            for name, futures in lining.items():
                self._lining.setdefault(name, []).extend(futures)
            raise
        for name, each in given.items():
            self._take(self._gates.of(name), each, lining.get(name, []))
        self._arrived.set()
        self._admit()
        return IDLE_SECONDS

    def _wants(self, places: dict[str, int]) -> dict[str, Want]:
        """Return what is needed; a gate at which somebody lines up may have been forgotten meanwhile."""
        wants = {}
        for name in self._gates.shared().keys() | places.keys():
            gate = self._gates.of(name)
            moments = gate.lacks(self._waiting_at(gate) + gate.late)
            if moments or places.get(name):
                wants[name] = Want(limit=gate.limit, plan=gate.plan, moments=moments, places=places.get(name, 0))
        return wants

    def _ask(self, wants: dict[str, Want]) -> dict[str, Given]:
        return transact(self._engine, lambda connection: destinations.give(connection, self._target, wants))

    def _take(self, gate: Gate, given: Given, lining: list["asyncio.Future[float]"]) -> None:
        self._time.told(given.at)
        gate.known(given.flow)
        gate.reserved(given.moments)
        for future, place in zip(lining, given.places, strict=True):
            if not future.done():
                future.set_result(max(self._time.until(place), 0.0))
