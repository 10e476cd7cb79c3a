"""Deliveries without a copy, and those whose copy the broker lost: published again from the log."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.event import Lane
from columba_shared.log import copies
from columba_shared.log.copies import Place
from columba_shared.log.engine import reading
from columba_shared.log.stored import StoredDelivery
from columba_shared.publishing.connection import Access
from columba_shared.telemetry import emit
from columba_shared.topology import LEDGER, LONGEST, target_queue
from columba_shared.topology.declare import depths
from sqlalchemy import Connection, Engine

from columba_consumers.copies.copying import Address, Copying, on_its_way, to_dead_letters

CHUNK: Final = 500
PER_ROUND: Final = 10_000
"""Of each line: a round is over soon, whatever was lost."""
NEARLY_EMPTY: Final = 10

Line = tuple[str, Lane]
Query = Callable[[Connection, Place | None], list[StoredDelivery]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Republishing:
    """Every delivery it touches is noted as touched, and left alone for a grace: a backlog is never doubled."""

    engine: Engine
    copying: Copying
    access: Access
    targets: Sequence[str]
    grace: timedelta
    now: Clock = utc_now

    async def send_on(self) -> int:
        """Publish what has no copy on its way and is due within a day, early ones into a delay queue.

        This is how deliveries that waited beyond a day in the log alone get going, and whatever lost its follow-up.
        """
        sent_on = sum([await self._walk(self._uncopied(line), to=on_its_way) for line in self._lines()])
        if sent_on:
            emit("reconciler.sent_on", deliveries=sent_on)
        return sent_on

    async def restore(self) -> int:
        """Publish again what is overdue although its copy was sent, where the queue that should hold it holds it not.

        In a queue that is nearly empty, or of which as much was sent within the grace as is in it, nothing is that old.
        What the ledger has to send on first may lie in its queue, for as long as it is away.
        """
        queues = {target_queue(target, lane): (target, lane) for target, lane in self._lines()}
        ready = await asyncio.to_thread(depths, (*queues, LEDGER), self.access)
        by_ledger = (ready.pop(LEDGER) or 0) <= NEARLY_EMPTY
        lines = [(queues[name], depth) for name, depth in ready.items() if depth is not None]
        young = [line for line, depth in lines if depth <= NEARLY_EMPTY or await self._flows(line, depth)]
        restored = sum([await self._walk(self._copied(line, by_ledger=by_ledger), to=on_its_way) for line in young])
        if restored:
            emit("reconciler.republished", deliveries=restored)
        return restored

    async def bury(self) -> int:
        """Publish the dead letters that are not known to have been published."""
        buried = await self._walk(self._unburied, to=to_dead_letters)
        if buried:
            emit("reconciler.buried", deliveries=buried)
        return buried

    async def _flows(self, line: Line, depth: int) -> bool:
        return await asyncio.to_thread(self._sent_lately, line, depth) >= depth

    def _sent_lately(self, line: Line, limit: int) -> int:
        target, lane = line
        with reading(self.engine) as connection:
            since = self.now() - self.grace
            return copies.sent_since(connection, target=target, lane=lane, since=since, limit=limit)

    async def _walk(self, query: Query, *, to: Address) -> int:
        count, place = 0, None
        while count < PER_ROUND and (found := await asyncio.to_thread(self._read, query, place)):
            place = copies.place_of(found)
            copied = await self.copying.send(found, to=to)
            count += copied.count
            if copied.stopped is not None:
                raise copied.stopped
        return count

    def _read(self, query: Query, place: Place | None) -> list[StoredDelivery]:
        with reading(self.engine) as connection:
            return query(connection, place)

    def _uncopied(self, line: Line) -> Query:
        now = self.now()
        return lambda connection, place: copies.uncopied(
            connection,
            target=line[0],
            lane=line[1],
            due_by=now + LONGEST,
            quiet_since=now - self.grace,
            limit=CHUNK,
            after=place,
        )

    def _copied(self, line: Line, *, by_ledger: bool) -> Query:
        overdue = self.now() - self.grace
        return lambda connection, place: copies.copied(
            connection,
            target=line[0],
            lane=line[1],
            due_by=overdue,
            quiet_since=overdue,
            limit=CHUNK,
            after=place,
            by_ledger=by_ledger,
        )

    def _unburied(self, connection: Connection, place: Place | None) -> list[StoredDelivery]:
        quiet_since = self.now() - self.grace
        return copies.unburied(connection, quiet_since=quiet_since, limit=CHUNK, after=place)

    def _lines(self) -> list[Line]:
        return [(target, lane) for lane in Lane for target in self.targets]
