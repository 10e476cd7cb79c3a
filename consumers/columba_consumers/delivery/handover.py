"""Rendering a delivery and handing it to its provider: the two steps that run other people's code."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from columba_shared.clock import Clock, utc_now
from columba_shared.log.entries import Lease
from columba_shared.telemetry import emit
from sqlalchemy.exc import SQLAlchemyError

from columba_consumers.delivery.account_outage import AccountOutage
from columba_consumers.delivery.copies import Copies
from columba_consumers.delivery.decision import Decision, Policy, decide, irrelevant
from columba_consumers.delivery.failure import outcome_of, with_problem
from columba_consumers.delivery.frozen import FrozenMessages
from columba_consumers.delivery.outage import Outage
from columba_consumers.delivery.parcel import Parcel
from columba_consumers.errors import NotBegun, TargetDown, Throttled, Unknown
from columba_consumers.lease import ProcessLease
from columba_consumers.outcome import Outcome, Retry, Sent, Skipped, Stage
from columba_consumers.pace import Turn, TurnLapsed
from columba_consumers.rendering import Rendering
from columba_consumers.rendering.errors import RenderError
from columba_consumers.rendering.rendered import Rendered
from columba_consumers.rendering.told import Told
from columba_consumers.targets.target import Content, DeliveryRef, Slot
from columba_consumers.unsubscribe.links import Links

LAPSED = Retry(
    reason="the process's lease lapsed before the provider was called",
    stage=Stage.DELIVER,
    spent=False,
    after=timedelta(seconds=1),
)


UNSCREENED = Retry(
    reason="the log could not be asked who may get a copy",
    stage=Stage.DELIVER,
    spent=False,
    after=timedelta(seconds=1),
)

DIVERTED = timedelta(0)
"""When what an account did not take is to come again: another one may take it, or its line tells it when."""

NOT_BEGUN = Retry(
    reason="the process stopped before the provider was asked",
    stage=Stage.DELIVER,
    spent=False,
    after=timedelta(seconds=1),
)

GAVE_UP = Retry(reason="the target gave up before the provider was asked", stage=Stage.DELIVER, spent=True)
MISSED = Retry(
    reason="its turn had passed before the provider could be called",
    stage=Stage.DELIVER,
    spent=False,
    after=timedelta(seconds=1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Whatever the app's or the target's code raises becomes a decision here."""

    policy: Policy
    rendering: Rendering
    told: Told
    frozen: FrozenMessages
    copies: Copies
    links: Links | None
    outage: Outage | AccountOutage
    lease: ProcessLease
    account: str | None = None
    """The account that all of it goes by, if it has a name."""
    diverts: bool = False
    """Whether there are others."""
    now: Clock = utc_now

    async def relevance(self, parcel: Parcel) -> Decision | None:
        """Return what ends a delivery that the app no longer wants made; None: it still does."""
        if parcel.event.gathers:  # of which each event is asked about, when it is rendered
            return None
        attempts = parcel.envelope.attempts
        try:
            recipient = None if parcel.is_group else parcel.recipient
            wanted = await self.rendering.is_relevant(parcel.event, recipient)
        except Exception as error:  # noqa: BLE001 - becomes this delivery's outcome; nothing was claimed yet
            return self._decide(parcel, outcome_of(error, Stage.VALIDATE))
        return None if wanted else irrelevant(attempts=attempts, now=self.now())

    async def render(self, parcel: Parcel) -> Rendered | Decision:
        """Return the message for this recipient, or the decision that there is none."""
        try:
            if parcel.envelope.frozen:
                return Rendered(await self.frozen.of(parcel.delivery_id), None)
            event = await self.told.of(parcel.event, parcel.recipient) if parcel.event.gathers else parcel.event
            rendered = await self.rendering.rendered(event, parcel.recipient)
        except Exception as error:  # noqa: BLE001 - becomes this delivery's outcome; nothing was claimed yet
            decision = self._decide(parcel, outcome_of(error, Stage.RENDER))
            return replace(decision, version=error.version) if isinstance(error, RenderError) else decision
        if rendered.message is None:
            return self._decide(parcel, Skipped(reason="the renderer had nothing to say"))
        return rendered

    async def deliver(self, parcel: Parcel, slot: Slot, message: Content, lease: Lease, turn: Turn) -> Decision:
        """Hand the message to the provider and return what follows from its answer."""
        try:
            message, left_out = await self.copies.screened(message, parcel.event)
        except SQLAlchemyError as error:
            emit("copies.unscreened", delivery=parcel.delivery_id, error=error)
            return self._decide(parcel, UNSCREENED)
        if self.links is not None:
            message = self.links.headed(message, parcel)
        try:
            await turn.begin()
        except TurnLapsed:
            return self._decide(parcel, MISSED)
        if not self.lease.holds(lease):
            return self._decide(parcel, LAPSED)
        try:
            receipt = await slot.deliver(message, self._reference(parcel))
        except NotBegun:  # cancelled, and there is still time to say that nobody has it
            task = asyncio.current_task()
            return self._decide(parcel, NOT_BEGUN if task is not None and task.cancelling() else GAVE_UP)
        except Exception as error:  # noqa: BLE001 - becomes this delivery's outcome, under a claim that is held
            return self._gone(self._decide(parcel, await self._failed(error, parcel)))
        await self.outage.answered(turn.destination)
        told = f" (copies left out, suppressed: {', '.join(left_out)})" if left_out else ""
        kept = receipt.message if self.policy.keeps else None
        sent = Sent(reply=receipt.reply + told, provider_id=receipt.provider_id, message=kept)
        return self._gone(self._decide(parcel, sent))

    async def _failed(self, error: Exception, parcel: Parcel) -> Outcome:
        """Return what the provider's answer means: as the app's policy sees it, else, or if that fails, as it is."""
        problem, target = "", parcel.event.target
        try:
            error = await self.rendering.judged(error, self._reference(parcel), target=target) or error
        except RenderError as failed:
            emit("policy.failed", target=target, delivery=parcel.delivery_id, error=failed)
            problem = failed.description
        match error:
            case TargetDown() | Throttled() | Unknown(down=True):
                await self.outage.report(error)
        outcome = outcome_of(error, Stage.DELIVER)
        if self.diverts and isinstance(error, TargetDown | Throttled) and error.destination is None:
            outcome = Retry(reason=error.reply, stage=Stage.DELIVER, spent=False, after=DIVERTED)
        return with_problem(outcome, problem) if problem else outcome

    def _decide(self, parcel: Parcel, outcome: Outcome) -> Decision:
        return decide(outcome, attempts=parcel.envelope.attempts, policy=self.policy, now=self.now())

    def _gone(self, decision: Decision) -> Decision:
        """Return what was decided of an attempt that went by this account."""
        return decision if self.account is None else replace(decision, account=self.account)

    def _reference(self, parcel: Parcel) -> DeliveryRef:
        return DeliveryRef(
            id=parcel.delivery_id,
            event_id=parcel.event.id,
            kind=parcel.event.kind,
            address=parcel.address,
            name=parcel.recipient.name,
            attempt=parcel.envelope.attempts + 1,
        )
