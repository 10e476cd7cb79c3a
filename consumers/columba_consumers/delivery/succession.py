"""A chain's deliveries: whether one has its turn, seen before anything is rendered, and what comes after it, sooner."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from columba_shared.clock import Clock, utc_now
from columba_shared.log import hastening
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.hastening import ENDED
from columba_shared.log.reaching import reached
from columba_shared.log.relatives import Subject, relatives
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.succession import Go, Judgement, Wait, turn_of
from columba_shared.log.transacting import transact
from columba_shared.state import State
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.broker.broker import Broker
from columba_consumers.copies.dispatch import ThroughBroker
from columba_consumers.copies.following import Following
from columba_consumers.delivery import decision as decisions
from columba_consumers.delivery.decision import Decision
from columba_consumers.delivery.parcel import Parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """Asked for deliveries of a chain alone; what counts is what the claim finds, under its lock."""

    engine: Engine
    following: Following
    now: Clock = utc_now

    async def foregone(self, parcel: Parcel) -> Decision | None:
        """Return what a delivery comes to that does not go now, for the sake of another target; None: it may go.

        The first target's first try is seen to at its claim.
        """
        if parcel.event.chain[0].target == parcel.event.target and not parcel.is_returning:
            return None
        turn = await asyncio.to_thread(self._turn, _subject(parcel))
        match turn:
            case Go():
                return None
            case Wait(until=until, reason=reason):
                return decisions.waiting(reason=reason, attempts=parcel.envelope.attempts, due_at=until)
            case _:
                attempts = parcel.envelope.attempts
                return decisions.overtaken(turn.state, reason=turn.reason, attempts=attempts, now=self.now())

    async def after(self, parcel: Parcel, state: State) -> None:
        """Let whoever this delivery did not reach be told by the next target now; it is committed.

        A crash before this leaves the next to its own time, one after the commit its copy to the reconciler.
        """
        if state in ENDED and parcel.event.target != parcel.event.chain[-1].target:
            hasten = partial(hastening.hasten, subject=_subject(parcel), now=self.now())
            await self._publish(await asyncio.to_thread(transact, self.engine, hasten))

    async def recorded(self, entries: Sequence[DeliveryEntry]) -> None:
        """Do so for those that were recorded just now, all of one event, behind what was over already."""
        if entries and entries[0].event.chain[0].target != entries[0].event.target:
            steps = hastening.catch_up(self.engine, entries, now=self.now())
            while (going := await asyncio.to_thread(next, steps, None)) is not None:
                await self._publish(going)

    async def _publish(self, going: Sequence[StoredDelivery]) -> None:
        if going:
            emit("chain.hastened", deliveries=len(going))
            await self.following.publish(going)

    def _turn(self, subject: Subject) -> Judgement:
        with reading(self.engine) as connection:
            family = relatives(connection, [subject])
            arrived = reached(connection, family.all)
        return turn_of(subject, family.of(subject), reached=arrived, now=self.now())


def succession(engine: Engine, broker: Broker) -> Succession:
    """Return one that publishes what it moves through this broker; embedded, the log alone is enough."""
    dispatch = ThroughBroker(broker=broker) if broker.keeps_waits else None
    return Succession(engine=engine, following=Following(engine=engine, dispatch=dispatch))


def _subject(parcel: Parcel) -> Subject:
    return Subject.of(parcel.delivery_entry)
