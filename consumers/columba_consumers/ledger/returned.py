"""Messages that a target's queue gave up on: the crashers among them end here, the innocents go back."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.log.engine import reading
from columba_shared.log.entries import Standing
from columba_shared.log.standings import standing_of
from columba_shared.state import CLAIMABLE
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.broker.broker import Broker, Received
from columba_consumers.delivery import decision as decisions
from columba_consumers.delivery import records
from columba_consumers.delivery.carrier import MAX_CRASHES
from columba_consumers.delivery.follow_up import FollowUp
from columba_consumers.delivery.parcel import Parcel, unpack
from columba_consumers.journal import Journal
from columba_consumers.lease import ProcessLease

_DEATHS: Final = "x-death"
"""Only the broker writes this header; nothing that Columba publishes ever carries it."""


def was_returned(received: Received) -> bool:
    """Say whether a queue gave up on this message, rather than an app having published it for later."""
    return _DEATHS in received.headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Asks the log: the broker's limit hits a crasher's neighbours too, and only the log counts crashes one by one."""

    broker: Broker
    journal: Journal
    engine: Engine
    lease: ProcessLease
    follow_up: FollowUp
    now: Clock = utc_now

    async def judge(self, received: Received) -> None:
        """Decide and acknowledge; raises Malformed for what cannot be read, BrokerLost and Unroutable."""
        parcel = unpack(received, target=received.key.partition(".")[0], now=self.now())
        standing = None if parcel.is_list else await asyncio.to_thread(self._standing, parcel)
        if standing is None or _is_next(parcel, standing):
            await self._decide(parcel, crashes=0 if standing is None else standing.crashes)
        else:
            await self.follow_up.after_loss(parcel, standing)
        self.broker.ack(received)

    async def _decide(self, parcel: Parcel, *, crashes: int) -> None:
        if crashes < MAX_CRASHES:
            await self._send_back(parcel)
            return
        emit("delivery.crashed", delivery=parcel.delivery_id, crashes=crashes)
        decision = decisions.crashed(attempts=parcel.envelope.attempts, crashes=crashes, now=self.now())
        conclusion = records.conclusion(parcel, decision, self.lease.take(), now=self.now())
        lost = await self.journal.claim(conclusion)
        if lost is not None:
            await self.follow_up.after_loss(parcel, lost)
            return
        await self.follow_up.after(
            parcel,
            state=decision.state,
            reason=decision.reason,
            due_at=decision.due_at,
            attempts=decision.attempts,
        )

    async def _send_back(self, parcel: Parcel) -> None:
        """Publish it afresh, as a suspect still: a new message is no longer marked as redelivered."""
        await self.broker.publish(parcel.copy.now(replace(parcel.envelope, suspect=True)))
        emit("ledger.sent_back", delivery=parcel.delivery_id)

    def _standing(self, parcel: Parcel) -> Standing | None:
        with reading(self.engine) as connection:
            return standing_of(connection, parcel.delivery_id)


def _is_next(parcel: Parcel, standing: Standing) -> bool:
    """Say whether this message may still claim its delivery."""
    mine = (parcel.envelope.claim, parcel.envelope.revision)
    return (standing.claim, standing.revision) == mine and standing.state in CLAIMABLE
