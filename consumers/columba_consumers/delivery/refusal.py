"""Messages that cannot be read: kept whole as a dead letter, noted in the log, never in anybody's way."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.event import Lane
from columba_shared.log.copies import burial
from columba_shared.log.tables import malformed
from columba_shared.log.types import fitting
from columba_shared.publishing.message import Copy
from columba_shared.telemetry import emit
from sqlalchemy import Engine, Update, insert

from columba_consumers.broker.broker import Broker, Received
from columba_consumers.delivery.parcel import unpack

_NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Dead-letters what no consumer can process."""

    broker: Broker
    engine: Engine
    now: Clock = utc_now

    async def refuse(self, received: Received, *, target: str, reason: str) -> None:
        """Note it in the log, move it to the target's dead letters with the reason, and acknowledge it.

        Raises what the database raises, BrokerLost and Unroutable; until it is acknowledged, it comes again.
        """
        reason = fitting(reason)
        digest = sha256(received.body).hexdigest()
        emit("delivery.malformed", target=target, reason=reason, size=len(received.body), sha256=digest)
        note = {"target": target, "reason": reason, "size": len(received.body), "sha256": digest, "seen_at": self.now()}
        await asyncio.to_thread(self._write, note, self._burial(received, target, reason))
        if self.broker.keeps_waits:
            copy = Copy(
                body=received.body,
                message_id=_NO_ID,
                kind="malformed",
                producer="",
                target=target,
                lane=Lane.NORMAL,
            )
            await self.broker.publish(copy.dead(Envelope(reason=reason)))
        self.broker.ack(received)

    def _write(self, note: dict[str, Any], buried: Update | None) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(malformed).values(note))
            if buried is not None:
                connection.execute(buried)

    def _burial(self, received: Received, target: str, reason: str) -> Update | None:
        """End the delivery, if it can be told which it was: the log would have it offered again and again.

        A list is nobody's delivery: those of its recipients that have one already are left to go on.
        """
        try:
            parcel = unpack(received, target=target, now=self.now())
        except Malformed:
            return None
        if parcel.is_list:
            return None
        return burial(parcel.delivery_id, claim=parcel.envelope.claim, reason=reason, now=self.now())
