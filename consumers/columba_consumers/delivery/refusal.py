"""Messages that cannot be read: kept whole as a dead letter, noted in the log, never in anybody's way."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.event import Lane
from columba_shared.log.copies import burial
from columba_shared.log.tables import malformed
from columba_shared.publishing.message import Copy
from columba_shared.telemetry import emit
from sqlalchemy import Engine, insert

from columba_consumers.broker.broker import Broker, Received
from columba_consumers.delivery.parcel import unpack
from columba_consumers.journal.patience import patient_once

_NO_ID = UUID(int=0)
MAX_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Dead-letters what no consumer can process."""

    broker: Broker
    engine: Engine
    now: Clock = utc_now

    async def refuse(self, received: Received, *, target: str, reason: str) -> None:
        """Note it in the log, move it to the target's dead letters with the reason, and acknowledge it."""
        reason = reason[:MAX_REASON]
        digest = sha256(received.body).hexdigest()
        emit("delivery.malformed", target=target, reason=reason, size=len(received.body), sha256=digest)
        await asyncio.to_thread(self._note, target, reason, len(received.body), digest)
        await asyncio.to_thread(self._bury, received, target, reason)
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

    def _note(self, target: str, reason: str, size: int, digest: str) -> None:
        row = {"target": target, "reason": reason, "size": size, "sha256": digest, "seen_at": self.now()}
        patient_once(self.engine, insert(malformed).values(row))

    def _bury(self, received: Received, target: str, reason: str) -> None:
        """End the delivery, if it can be told which it was: the log would have it offered again and again."""
        with suppress(Malformed):
            parcel = unpack(received, target=target, now=self.now())
            statement = burial(parcel.delivery_id, claim=parcel.envelope.claim, reason=reason, now=self.now())
            patient_once(self.engine, statement)
