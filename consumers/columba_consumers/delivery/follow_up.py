"""What is published once an outcome is committed: the copy for the next attempt, or the dead letter."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.log.entries import Standing
from columba_shared.publishing import Message, Unroutable
from columba_shared.state import State
from columba_shared.telemetry import emit

from columba_consumers.broker.broker import Broker
from columba_consumers.delivery import records
from columba_consumers.delivery.parcel import Parcel
from columba_consumers.journal import Journal

WHILE_LEASED: Final = timedelta(seconds=15)
"""How long a copy waits that met a delivery which another claim is sending right now."""
_FOLLOWED: Final = frozenset({State.DEAD, State.RETRYING, State.SCHEDULED})
"""After any other state nothing has to be published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Publishes follow-ups on a broker that keeps waits; embedded, the log's due time is all that is needed."""

    broker: Broker
    journal: Journal
    now: Clock = utc_now

    async def after(self, parcel: Parcel, *, state: State, reason: str | None, due_at: datetime, attempts: int) -> None:
        """Publish what the state that was just committed calls for, and note that it is on its way.

        When no queue takes it, the log knows that nothing is on its way, and the reconciler goes on from there.
        """
        if not self.broker.keeps_waits or state not in _FOLLOWED:
            return
        message = self._message(parcel, state=state, reason=reason, due_at=due_at, attempts=attempts)
        try:
            await self.broker.publish(message)
        except Unroutable as error:
            emit("broker.unroutable", key=message.key, error=error)
            return
        await self.journal.hand_on(records.handed_on(parcel))

    async def after_loss(self, parcel: Parcel, standing: Standing) -> None:
        """See to it that the delivery goes on although this copy lost its claim."""
        emit("delivery.duplicate", delivery=parcel.delivery_id, state=standing.state, claim=parcel.envelope.claim)
        if standing.claim != parcel.envelope.claim + 1 or not self.broker.keeps_waits:
            return
        if standing.state is State.SENDING:
            await self.broker.publish(parcel.copy.waiting(parcel.envelope, WHILE_LEASED))
        elif not standing.handed_on:
            await self.after(
                parcel,
                state=standing.state,
                reason=standing.reason,
                due_at=standing.due_at,
                attempts=standing.attempts,
            )

    def _message(
        self,
        parcel: Parcel,
        *,
        state: State,
        reason: str | None,
        due_at: datetime,
        attempts: int,
    ) -> Message:
        envelope = Envelope(
            claim=parcel.envelope.claim + 1,
            attempts=attempts,
            revision=parcel.envelope.revision,
            due_at=due_at,
            reason=reason if state is State.DEAD else None,
            frozen=parcel.envelope.frozen,
            asked_at=parcel.envelope.asked_at,
            trace=parcel.envelope.trace,
        )
        if state is State.DEAD:
            return parcel.copy.dead(envelope)
        return parcel.copy.waiting(envelope, due_at - self.now())
