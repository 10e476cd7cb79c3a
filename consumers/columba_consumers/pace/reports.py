"""What destinations say of their pace: kept for every process, and heeded here at once."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from columba_shared.log import destinations
from columba_shared.log.destinations import WHOLE, Given
from columba_shared.log.flow import Flow
from columba_shared.log.transacting import transact
from columba_shared.telemetry import emit
from sqlalchemy import Connection, Engine

from columba_consumers.errors import TargetDown, Throttled, Unknown
from columba_consumers.pace.pacer import Pacer
from columba_consumers.pace.shared_time import SharedTime

Work = Callable[[Flow, datetime], Flow]


class Reports:
    """None of them decides a delivery's fate: what the database does not take holds for this process alone."""

    def __init__(
        self,
        pacer: Pacer,
        engine: Engine,
        *,
        time: SharedTime,
        process_id: Callable[[], UUID],
        whole: str = WHOLE,
    ) -> None:
        """``whole`` is what is meant where nothing is named: the target, or an account of it."""
        self._whole = whole
        self._pacer = pacer
        self._engine = engine
        self._time = time
        self._process_id = process_id
        self._silent: set[str] = set()

    def silent(self) -> tuple[str, ...]:
        """Return the destinations that did not answer when this process last asked, or another one lately."""
        now = self._time.now()
        shut = {name for name, gate in self._pacer.gates.shared().items() if gate.flow.is_down(now)}
        return tuple(sorted((self._silent | shut) - {self._whole}))

    async def throttled(self, error: Throttled) -> None:
        """Slow down what was asked to be slowed: the destination, or all of it."""
        name = error.destination or self._whole
        tempo = self._pacer.tempo
        observed = tempo.observed(name) if name else tempo.observed_in_all()
        emit("destination.throttled", target=self._pacer.target, destination=name, reply=error.reply)
        await self._learn(
            name,
            lambda flow, now: flow.throttled(now, after=error.after, observed=observed, reply=error.reply),
        )

    async def failed(self, error: TargetDown | Unknown) -> None:
        """Leave one destination alone for a while; nobody asks it how it is but the next delivery."""
        name = error.destination or self._whole
        self._silent.add(name)
        emit("destination.down", target=self._pacer.target, destination=name, reply=error.reply)
        await self._learn(name, lambda flow, now: flow.failed(now, reply=error.reply))

    async def answered(self, destination: str) -> None:
        """Note that a destination took something; costs nothing where nothing had gone wrong."""
        self._silent.discard(destination)
        for name in (destination, self._whole):
            gate = self._pacer.gates.at(name) if name else self._pacer.gates.of(WHOLE)
            if gate is not None and gate.flow.failures:
                await self._learn(name, lambda flow, _now: flow.answered())

    async def down(self, reply: str) -> None:
        """Note that it does not answer, for whoever looks."""

        def note(connection: Connection) -> None:
            destinations.down(
                connection, self._pacer.target, reply=reply, process_id=self._process_id(), name=self._whole
            )

        await self._shared(note)

    async def up(self) -> bool:
        """Note that it answers again; from here on it is begun slowly, by all processes together.

        False when the database did not take that: for all others it is still down.
        """
        target, name, gate = self._pacer.target, self._whole, self._pacer.gates.of(self._whole)
        recovered = gate.flow.recovered(self._time.now())
        given = await self._shared(lambda connection: destinations.up(connection, target, limit=gate.limit, name=name))
        self._pacer.learn(name, recovered if given is None else given.flow)
        return given is not None

    async def _learn(self, name: str, work: Work) -> None:
        gate = self._pacer.gates.of(name)
        self._pacer.learn(name, work(gate.flow, self._time.now()))
        given = await self._shared(
            lambda connection: destinations.change(
                connection, self._pacer.target, name, work, limit=gate.limit, plan=gate.plan
            )
        )
        if given is not None:
            self._pacer.learn(name, given.flow)

    async def _shared(self, work: "Callable[[Connection], Given | None]") -> Given | None:
        try:
            return await asyncio.to_thread(transact, self._engine, work)
        except Exception as error:  # noqa: BLE001 - this process heeds it all the same
            emit("pace.unshared", target=self._pacer.target, error=error)
            return None
