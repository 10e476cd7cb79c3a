"""Embedded: wakes deferred and retrying deliveries, from the log alone, when they are due."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, partial
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
AWAY_SECONDS: Final = 5.0
"""An outbox that could not be asked is left alone for so long: what need not wait for it does not wait on it either."""
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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to offer deliveries to these targets, at most ``outstanding`` unsettled ones per line.

        ``outboxes`` are those that lead to the log from other databases.
        """
        self._engine = engine
        self._outboxes = tuple(outboxes)
        self._copying = Copying(engine=engine, dispatch=ThroughBroker(broker=broker), now=now)
        self._limit = outstanding
        self._now = now
        self._monotonic = monotonic
        self._ask_again_at = float("-inf")
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
            unread = cache(lambda: self._unread(connection))  # asked once at most: one that is away takes its time
            found = ((line, self._due_in(connection, line, unread)) for line in self._offered)
            return {line: due for line, due in found if due}

    def _due_in(
        self, connection: Connection, line: Line, unread: Callable[[], datetime | None]
    ) -> list[StoredDelivery]:
        (target, lane), offered = line, self._offered[line]
        waiting = copies.still_waiting(connection, offered)
        for key in [key for key in offered if key not in waiting]:
            del offered[key]
        room = self._limit - len(offered)
        if room <= 0:
            return []
        find = partial(copies.uncopied, connection, target=target, lane=lane, due_by=self._now(), limit=room)
        due = find()
        if any(each.is_keyed and each.claim == 0 for each in due) and (since := unread()) is not None:
            due = find(unread_since=since)  # not picked from the first: those behind have the room of what has to wait
        return [each for each in due if each.id not in offered]

    def _unread(self, connection: Connection) -> datetime | None:
        """Return since when something waits in an outbox; as long as one cannot be asked, it may be anything."""
        if self._monotonic() < self._ask_again_at:
            return _EVER
        found = [intake.oldest(connection)]
        for outbox in self._outboxes:
            try:
                with reading(outbox) as there:
                    found.append(intake.oldest(there))
            except SQLAlchemyError:  # whose relay tells of it
                self._ask_again_at = self._monotonic() + AWAY_SECONDS
                return _EVER
        return min((moment for moment in found if moment is not None), default=None)

    def _next_due(self) -> datetime | None:
        with reading(self._engine) as connection:
            moments = [copies.next_due(connection, target=target, lane=lane) for target, lane in self._offered]
        return min((moment for moment in moments if moment is not None), default=None)
