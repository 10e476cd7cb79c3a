"""What the relay published and the log never saw: published again, where the queue that should hold it holds it not."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.errors import Malformed
from columba_shared.event import Lane
from columba_shared.log import moved
from columba_shared.log.engine import reading
from columba_shared.log.moved import Unseen
from columba_shared.publishing import Message, departure
from columba_shared.publishing.connection import Access
from columba_shared.telemetry import emit
from columba_shared.topology import IN, LEDGER, target_queue
from columba_shared.topology.declare import depths
from sqlalchemy import Engine

from columba_consumers.copies.dispatch import Dispatch

CHUNK: Final = 1_000
CHUNKS_PER_ROUND: Final = 50
LATE_CHUNKS_PER_ROUND: Final = 10
GRACES: Final = 10
"""So many of the reconciler's graces after it was published, what is in no queue and not in the log is lost; each time
it takes twice as long, since a slow consumer may have it in hand."""
MOST_TIMES: Final = 5
NEVER_SEEN: Final = (
    f"published {MOST_TIMES} times and never recorded: look for it among the dead letters, then delete it"
)


class Lost:
    """Publishes it under the same ids: should the first copy turn up after all, one of the two loses its claim.

    What has been seen is forgotten; of a backlog, which nobody has seen yet, a part is looked at in each round.
    """

    def __init__(
        self,
        engine: Engine,
        dispatch: Dispatch,
        access: Access,
        *,
        targets: Sequence[str],
        grace: timedelta,
        now: Clock = utc_now,
    ) -> None:
        """Prepare; ``grace`` is how long the reconciler leaves a delivery alone."""
        self._engine = engine
        self._dispatch = dispatch
        self._access = access
        self._targets = tuple(targets)
        self._grace = grace * GRACES
        self._now = now
        self._seen_to = 0
        self._lost_to = 0

    async def restore(self) -> int:
        """Forget what the log has seen and publish what was lost; return how many of those. Raises PublishError."""
        await asyncio.to_thread(self._forget_seen)
        late = await asyncio.to_thread(self._late)
        if not late:
            return 0
        empty = await asyncio.to_thread(self._empty)
        restored = await self._publish(late, empty)
        for _ in range(LATE_CHUNKS_PER_ROUND - 1):
            if not empty or not (late := await asyncio.to_thread(self._late)):
                break
            restored += await self._publish(late, empty)
        if restored:
            emit("reconciler.republished", deliveries=restored)
        return restored

    def _forget_seen(self) -> None:
        for _ in range(CHUNKS_PER_ROUND):
            with self._engine.begin() as connection:
                _, place = moved.forget_seen(connection, after=self._seen_to, limit=CHUNK)
            self._seen_to = place or 0
            if place is None:
                return

    def _late(self) -> list[Unseen]:
        """Return the next rows that are late; none at the end, from where the next round begins anew."""
        with reading(self._engine) as connection:
            late = moved.unseen(connection, moved_by=self._now() - self._grace, after=self._lost_to, limit=CHUNK)
        self._lost_to = late[-1].id if late else 0
        return late

    def _empty(self) -> set[str]:
        """Return the queues in which nothing is ready, before this round publishes into them.

        What was published into one of them, and is not recorded, is lost.
        """
        names = (LEDGER, *(target_queue(target, lane) for target in self._targets for lane in Lane))
        return {name for name, depth in depths(names, self._access).items() if depth == 0}

    async def _publish(self, late: Sequence[Unseen], empty: set[str]) -> int:
        due = [each for each in late if each.moved_at <= self._now() - self._grace * 2 ** (each.times - 1)]
        messages = [(each, message) for each in due if (message := self._message(each)) is not None]
        gone = [(each, message) for each, message in messages if _queue(message) in empty]
        lost = [(each.id, message) for each, message in gone if each.times < MOST_TIMES]
        report = await self._dispatch.publish([message for _, message in lost])
        failed = {failure.index for failure in report.failures}
        published = [key for index, (key, _) in enumerate(lost[: report.taken]) if index not in failed]
        await asyncio.to_thread(self._note, published, [each for each, _ in gone if each.times >= MOST_TIMES])
        if report.stopped is not None:
            raise report.stopped
        return len(published)

    def _message(self, each: Unseen) -> Message | None:
        """Return what the relay published; None for what this version cannot read, and leaves to another."""
        try:
            return departure(wire.decode(each.body), each.body, now=self._now())
        except Malformed:
            return None

    def _note(self, published: Sequence[int], hopeless: Sequence[Unseen]) -> None:
        now = self._now()
        with self._engine.begin() as connection:
            moved.note_again(connection, published, now=now)
            moved.set_aside(connection, hopeless, NEVER_SEEN, now=now)


def _queue(message: Message) -> str:
    """Return the queue that should hold it until it is recorded: its target's, or the ledger's."""
    if message.exchange != IN:
        return LEDGER
    target, _, lane = message.key.partition(".")
    return target_queue(target, Lane(lane))
