"""Telling the app's hooks what became of a delivery, once that is on record."""

from dataclasses import dataclass

from columba_shared.clock import Clock, utc_now
from columba_shared.event import MAX_NAME_LENGTH
from columba_shared.log.audit import Act, Author, Deed
from columba_shared.state import State
from columba_shared.telemetry import emit

from columba_consumers.app import When
from columba_consumers.delivery.decision import Decision
from columba_consumers.delivery.parcel import Parcel
from columba_consumers.hooks import DeliveryOutcome, ExpansionOutcome
from columba_consumers.journal import Journal
from columba_consumers.rendering import Rendering


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """A hook that fails changes nothing about the delivery; that it did is on record."""

    rendering: Rendering
    journal: Journal
    now: Clock = utc_now

    async def announce(self, parcel: Parcel, decision: Decision) -> None:
        """Tell whoever in the app wants to know; the decision is committed.

        What was only put off is no news. Of an audience it is one that it is complete: its members have their own.
        """
        if decision.state is State.SCHEDULED or parcel.is_group:
            if decision.deliveries is not None and parcel.is_audience:
                await self._tell(parcel, decision, When.EXPANDED)
            return
        await self._tell(parcel, decision, When.AFTER)

    async def _tell(self, parcel: Parcel, decision: Decision, when: When) -> None:
        if not self.rendering.is_awaited(parcel.event, when):
            return
        outcome = _outcome(parcel, decision) if when is When.AFTER else _expansion(parcel, decision)
        failed = await self.rendering.tell(outcome, when)
        for hook, problem in failed.items():
            emit("hook.failed", hook=hook, delivery=parcel.delivery_id, problem=problem)
            await self.journal.note(
                Act(
                    author=Author(who=hook[-MAX_NAME_LENGTH:], why=problem),
                    what=Deed.HOOK_FAILED,
                    at=self.now(),
                    delivery_id=parcel.delivery_id,
                    event_id=parcel.event.id,
                    detail={"state": decision.state.value},
                )
            )


def _expansion(parcel: Parcel, decision: Decision) -> ExpansionOutcome:
    return ExpansionOutcome(event=parcel.event, delivery_id=parcel.delivery_id, deliveries=decision.deliveries or 0)


def _outcome(parcel: Parcel, decision: Decision) -> DeliveryOutcome:
    return DeliveryOutcome(
        event=parcel.event,
        recipient=parcel.recipient,
        delivery_id=parcel.delivery_id,
        state=decision.state,
        stage=decision.stage.value,
        reason=decision.reason,
        reply=decision.reply,
        provider_id=decision.provider_id,
        attempts=decision.attempts,
        next_at=decision.due_at if decision.state is State.RETRYING else None,
        account=decision.account,
    )
