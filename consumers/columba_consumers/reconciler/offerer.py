"""Embedded: wakes deferred and retrying deliveries, from the log alone, when they are due."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.event import Lane
from columba_shared.log import copies, intake
from columba_shared.log.engine import reading
from columba_shared.log.stored import StoredDelivery
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from columba_consumers.broker.broker import Broker
from columba_consumers.copies.copying import Copying, to_target
from columba_consumers.copies.dispatch import ThroughBroker
from columba_consumers.rounds import Rounds

OUTSTANDING: Final = 250
SHORTEST_REST_SECONDS: Final = 0.02
LONGEST_BUSY_SECONDS: Final = 0.25
IDLE_SECONDS: Final = 1.0
_EVER: Final = datetime.min.replace(tzinfo=UTC)

Line = tuple[str, Lane]
"""One target's lane: each is bounded by itself, so that none waits for another's."""


class Offerer:
    """Offers what is due to the embedded broker: the urgent first, and of each line never more than a few at once.

    So a million waiting deliveries cost no memory, and a target that is down holds up nobody else.
    """

    def __init__(
        self,
        engine: Engine,
        broker: Broker,
        *,
        targets: Sequence[str],
        outboxes: Sequence[Engine] = (),
        outstanding: int = OUTSTANDING,
        now: Clock = utc_now,
    ) -> None:
        """Prepare to offer deliveries to these targets, at most ``outstanding`` unsettled ones per line.

        ``outboxes`` are those that lead to the log from other databases.
        """
        self._engine = engine
        self._outboxes = tuple(outboxes)
        self._copying = Copying(engine=engine, dispatch=ThroughBroker(broker=broker), now=now)
        self._limit = outstanding
        self._now = now
        self._offered: dict[Line, dict[UUID, int]] = {(target, lane): {} for lane in Lane for target in targets}
        self._rest = SHORTEST_REST_SECONDS
        self._rounds = Rounds("offerer", self._round)

    async def run(self) -> None:
        """Offer what is due and what becomes due, until stopped."""
        await self._rounds.run()

    def stop(self) -> None:
        """Offer nothing more."""
        self._rounds.stop()

    def hint(self) -> None:
        """Look at once: something was recorded or settled."""
        self._rest = SHORTEST_REST_SECONDS
        self._rounds.hint()

    @property
    def healthy(self) -> bool:
        """Whether it gets somewhere."""
        return self._rounds.healthy

    async def run_once(self) -> int:
        """Offer what is due now and has room; return how many."""
        count = 0
        for line, due in (await asyncio.to_thread(self._due)).items():
            self._offered[line].update({each.id: each.claim for each in due})
            copied = await self._copying.send(due, to=to_target)
            count += copied.count
        return count

    async def _round(self) -> float:
        """Look again soon while something is out, since it may come back as a retry; else when the next is due."""
        if await self.run_once():
            self._rest = SHORTEST_REST_SECONDS
            return self._rest
        self._rest = min(self._rest * 1.5, LONGEST_BUSY_SECONDS if any(self._offered.values()) else IDLE_SECONDS)
        next_due = await asyncio.to_thread(self._next_due)
        if next_due is None:
            return self._rest
        left = (next_due - self._now()).total_seconds()
        return min(left, self._rest) if left > 0 else self._rest

    def _due(self) -> dict[Line, list[StoredDelivery]]:
        """Forget what is settled, and return what may take its place, the urgent first."""
        with reading(self._engine) as connection:
            found = ((line, self._due_in(connection, line)) for line in self._offered)
            return {line: due for line, due in found if due}

    def _due_in(self, connection: Connection, line: Line) -> list[StoredDelivery]:
        (target, lane), offered = line, self._offered[line]
        waiting = copies.still_waiting(connection, offered)
        for key in [key for key in offered if key not in waiting]:
            del offered[key]
        room = self._limit - len(offered)
        if room <= 0:
            return []
        due = copies.uncopied(connection, target=target, lane=lane, due_by=self._now(), limit=room)
        unread = self._unread(connection) if any(each.is_keyed for each in due) else None
        return [each for each in due if each.id not in offered and not _may_be_replaced(each, unread)]

    def _unread(self, connection: Connection) -> datetime | None:
        """Return since when something waits in an outbox; as long as one cannot be asked, it may be anything."""
        found = [intake.oldest(connection)]
        for outbox in self._outboxes:
            try:
                with reading(outbox) as there:
                    found.append(intake.oldest(there))
            except SQLAlchemyError:  # whose relay tells of it
                return _EVER
        return min((moment for moment in found if moment is not None), default=None)

    def _next_due(self) -> datetime | None:
        with reading(self._engine) as connection:
            moments = [copies.next_due(connection, target=target, lane=lane) for target, lane in self._offered]
        return min((moment for moment in moments if moment is not None), default=None)


def _may_be_replaced(each: StoredDelivery, unread: datetime | None) -> bool:
    """Say whether the outbox has rows from before this was due: one that replaces or joins it may be among them."""
    return each.is_keyed and each.claim == 0 and unread is not None and unread <= each.due_at
