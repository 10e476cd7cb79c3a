"""Carries one message from its arrival to its acknowledgement; every path settles it or leaves it to come again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.event import Lane
from columba_shared.log.entries import Lease, Standing
from columba_shared.publishing.departure import SHORTEST_WAIT
from columba_shared.state import CLAIMABLE
from columba_shared.telemetry import emit
from columba_shared.underway import UNDERWAY

from columba_consumers.broker.broker import Broker, Received
from columba_consumers.delivery import decision as decisions
from columba_consumers.delivery import records
from columba_consumers.delivery.accounts import Accounts, Unavailable
from columba_consumers.delivery.announcer import Announcer
from columba_consumers.delivery.decision import Decision, Policy, decide
from columba_consumers.delivery.expansion import AmendedMeanwhile, Expansion, NobodyThere
from columba_consumers.delivery.failure import outcome_of
from columba_consumers.delivery.follow_up import FollowUp
from columba_consumers.delivery.handover import Handover
from columba_consumers.delivery.outage import Outage
from columba_consumers.delivery.parcel import Parcel, unpack
from columba_consumers.delivery.succession import Succession
from columba_consumers.delivery.turnstile import Crowded, Turnstile
from columba_consumers.errors import InvalidMessage, TargetDown
from columba_consumers.journal import Journal
from columba_consumers.lease import ProcessLease
from columba_consumers.outcome import Stage
from columba_consumers.pace import BothTurns, Pacer, Turn
from columba_consumers.rendering.rendered import Rendered
from columba_consumers.targets.target import Slot, Target

MAX_CRASHES: Final = 3
PUNCTUAL: Final = timedelta(minutes=1)
"""Whoever comes back later than that, after an outage perhaps, comes with many others, and lines up anew."""

Result = Decision | Standing | None
"""What became of a claim: decided and committed; lost to whoever the standing shows; None: lost while it was held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """The steps that a message for one target goes through, in their order."""

    target: Target
    policy: Policy
    broker: Broker
    journal: Journal
    lease: ProcessLease
    turnstile: Turnstile
    pacer: Pacer
    handover: Handover
    outage: Outage
    expansion: Expansion
    follow_up: FollowUp
    announcer: Announcer
    succession: Succession
    accounts: Accounts = field(default_factory=Accounts)
    suspects: Turnstile = field(default_factory=partial(Turnstile, 1))
    """One at a time, so that a crash has one culprit; by lane, since a pause makes suspects of all that was in hand."""
    suspect_groups: Turnstile = field(default_factory=partial(Turnstile, 1))
    """Groups take long: others that are suspect do not wait for them."""
    now: Clock = utc_now

    async def carry(self, received: Received) -> None:
        """Process one message; raises Malformed for one that cannot be read, and what means that it must come again."""
        parcel = unpack(received, target=self.target.name, now=self.now())
        UNDERWAY.set(parcel.event)  # before any code of the app is called
        if await self._sent_on(parcel):
            self.broker.ack(received)
            return
        if parcel.is_list:
            await self.expansion.of_list(parcel)
            self.broker.ack(received)
        elif self._is_expired(parcel):
            await self._finish(parcel, self._counted(await self._expire(parcel)))
        elif parcel.is_suspect:
            alone = self.suspect_groups if parcel.is_group else self.suspects
            async with alone.turn(parcel.event.lane):
                await self._finish(parcel, await self._begin(parcel))
        else:
            await self._finish(parcel, await self._begin(parcel))

    async def _sent_on(self, parcel: Parcel) -> bool:
        """Send on what came before its time; the last moment of it, wait for it here."""
        remaining = parcel.due_at - self.now()
        if remaining > SHORTEST_WAIT and self.broker.keeps_waits:
            await self.broker.publish(parcel.copy.waiting(parcel.envelope, remaining))
            return True
        while remaining > timedelta(0):  # a loop's timers may be a millisecond early
            await asyncio.sleep(remaining.total_seconds())
            remaining = parcel.due_at - self.now()
        return False

    def _is_expired(self, parcel: Parcel) -> bool:
        return parcel.event.expires_at is not None and parcel.event.expires_at <= self.now()

    async def _expire(self, parcel: Parcel) -> Result:
        now, attempts = self.now(), parcel.envelope.attempts
        expires_at = parcel.event.expires_at or now
        return await self._conclude(parcel, decisions.expired(attempts=attempts, now=now, expires_at=expires_at))

    async def _begin(self, parcel: Parcel) -> Result:
        """Deliver, or expand a group; a slot is held from rendering until the outcome is committed."""
        if parcel.is_group:
            self.turnstile.check()
            return self._counted(await self._acquitted(parcel, lambda: self._expand_claimed(parcel)))
        quiet = self._quiet_for(parcel)
        if quiet is not None:
            self.turnstile.check()
            return self._counted(await self._conclude(parcel, quiet))
        destination = self.target.destination(parcel.address)
        entry = self.turnstile.turn(
            parcel.event.lane, destination=destination, returning=parcel.is_returning, alone=parcel.is_suspect
        )
        try:
            async with entry as turn, self.target.slot() as slot:
                result = await self._take_turn(parcel, slot, turn)
                turn.state = result.state if isinstance(result, Decision) else None
                return result
        except Crowded as crowded:
            return await self._put_off(parcel, crowded)

    def _counted(self, result: Result) -> Result:
        """Count what became of a message that needed no turn."""
        self.turnstile.count(result.state if isinstance(result, Decision) else None)
        return result

    def _quiet_for(self, parcel: Parcel) -> Decision | None:
        """Return what lets it wait until the recipient's quiet hours are over; None: it need not."""
        hours = self.policy.quiet
        if hours is None or parcel.event.lane is Lane.URGENT:
            return None
        zone = parcel.recipient.zone
        until = hours.end_for(zone, self.now())
        if until is None:
            return None
        return decisions.put_off(reason=hours.told(until, zone), attempts=parcel.envelope.attempts, due_at=until)

    async def _take_turn(self, parcel: Parcel, slot: Slot, turn: Turn) -> Result:
        if self._is_expired(parcel):  # waiting for its turn, perhaps while the target was down
            return await self._expire(parcel)
        quiet = self._quiet_for(parcel)  # it may have been day when it came
        if quiet is not None:
            return await self._conclude(parcel, quiet)
        return await self._acquitted(parcel, lambda: self._deliver(parcel, slot, turn))

    async def _put_off(self, parcel: Parcel, crowded: Crowded) -> Result:
        """Let it come again when it may pass, so that it keeps no others waiting meanwhile."""
        punctual = parcel.is_returning and self.now() - parcel.due_at < PUNCTUAL
        seconds = await crowded.pacer.put_off(crowded.gate, parcel.event.lane, punctual=punctual)
        decision = decisions.put_off(
            reason=crowded.pacer.reason(crowded.gate),
            attempts=parcel.envelope.attempts,
            due_at=self.now() + timedelta(seconds=seconds),
        )
        return await self._conclude(parcel, decision)

    async def _acquitted(self, parcel: Parcel, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do the work, unless it may have killed the process too often; that is counted just before each try."""
        if not parcel.is_suspect:
            return await work()
        standing = await self.journal.suspect(records.suspicion(parcel, now=self.now()))
        mine = (parcel.envelope.claim, parcel.envelope.revision)
        if standing.state not in CLAIMABLE or (standing.claim, standing.revision) != mine:
            return standing
        if standing.crashes < MAX_CRASHES:
            return await work()
        emit("delivery.crashed", delivery=parcel.delivery_id, crashes=standing.crashes)
        attempts = parcel.envelope.attempts
        crashed = decisions.crashed(attempts=attempts, crashes=standing.crashes, now=self.now())
        return await self._conclude(parcel, crashed)

    async def _expand_claimed(self, parcel: Parcel) -> Result:
        unwanted = await self._unwanted(parcel)
        if unwanted is not None:
            return await self._conclude(parcel, unwanted)
        return await self._claimed(parcel, lambda lease: self._expand(parcel, lease))

    async def _deliver(self, parcel: Parcel, slot: Slot, turn: Turn) -> Result:
        unwanted = await self._unwanted(parcel)
        if unwanted is not None:
            return await self._conclude(parcel, unwanted)
        rendered = await self.handover.render(parcel)
        if isinstance(rendered, Decision):
            return await self._conclude(parcel, rendered)
        if self.accounts.several:
            return await self._deliver_by_account(parcel, rendered, turn)
        message, deliver = rendered.message, self.handover.deliver
        return await self._claimed(
            parcel, lambda lease: deliver(parcel, slot, message, lease, turn), version=rendered.version
        )

    async def _deliver_by_account(self, parcel: Parcel, rendered: Rendered, turn: Turn) -> Result:
        """Wait for a turn at the account that the message says to go by, and only then claim."""
        event, (message, version) = parcel.event, rendered
        entry = self.accounts.turn(
            message, event.kind, event.lane, returning=parcel.is_returning, alone=parcel.is_suspect
        )
        try:
            async with entry as (account, own), account.account.slot() as slot:
                turns, deliver = BothTurns(turn, own), account.handover.deliver
                return await self._claimed(
                    parcel, lambda lease: deliver(parcel, slot, message, lease, turns), version=version
                )
        except Crowded as crowded:
            return await self._put_off(parcel, crowded)
        except Unavailable as none:
            if self.accounts.are_down:
                await self.outage.report(TargetDown(none.reason))
            decision = decisions.waiting(
                reason=none.reason, attempts=parcel.envelope.attempts, due_at=self.now() + none.after
            )
            return await self._conclude(parcel, decision)
        except InvalidMessage as error:
            return await self._conclude(parcel, self._refused(parcel, error))

    def _refused(self, parcel: Parcel, error: InvalidMessage) -> Decision:
        outcome = outcome_of(error, Stage.VALIDATE)
        return decide(outcome, attempts=parcel.envelope.attempts, policy=self.policy, now=self.now())

    async def _unwanted(self, parcel: Parcel) -> Decision | None:
        """Return what ends or puts off a delivery before anything is rendered for it."""
        if parcel.event.chain and (foregone := await self.succession.foregone(parcel)) is not None:
            return foregone
        return await self.handover.relevance(parcel)

    async def _expand(self, parcel: Parcel, lease: Lease) -> Decision:
        attempts = parcel.envelope.attempts
        try:
            deliveries = await self.expansion.of_group(parcel, lease)
        except NobodyThere as error:
            return decisions.nobody(reason=str(error), attempts=attempts, now=self.now())
        except AmendedMeanwhile:
            return decisions.begun_anew(attempts=attempts, now=self.now())
        except Exception as error:  # noqa: BLE001 - becomes the audience's outcome; who was recorded stays so
            outcome = outcome_of(error, Stage.AUDIENCE)
            return decide(outcome, attempts=attempts, policy=self.policy, now=self.now())
        return decisions.expanded(deliveries=deliveries, attempts=attempts, now=self.now())

    async def _claimed(
        self, parcel: Parcel, work: Callable[[Lease], Awaitable[Decision]], *, version: str | None = None
    ) -> Result:
        """Commit the claim, do the work, commit its outcome; ``version`` is that of the templates it was made from."""
        lease, started_at = self.lease.take(), self.now()
        caps = () if parcel.is_group else self.policy.caps_for(parcel.event.kind)
        standing = await self.journal.claim(records.claim(parcel, lease, now=started_at, caps=caps))
        if standing is not None:
            return standing
        decision = await work(lease)
        if decision.recipient_dead:  # first: if this process dies in between, the address is not written to again
            await self.journal.take_out_of_use(records.dead_address(parcel, decision))
        settlement = records.settlement(parcel, decision, lease, started_at=started_at, now=self.now(), version=version)
        return decision if await self.journal.settle(settlement) else None

    async def _conclude(self, parcel: Parcel, decision: Decision) -> Result:
        """Commit an outcome that needed no provider."""
        standing = await self.journal.claim(records.conclusion(parcel, decision, self.lease.take(), now=self.now()))
        return decision if standing is None else standing

    async def _finish(self, parcel: Parcel, result: Result) -> None:
        """Publish what has to follow, then acknowledge: in this order, so that the copy outlives any crash."""
        match result:
            case Decision():
                emit(
                    f"delivery.{result.state}",
                    delivery=parcel.delivery_id,
                    kind=parcel.event.kind,
                    reason=result.reason,
                    account=result.account,
                )
                await self.follow_up.after(
                    parcel,
                    state=result.state,
                    reason=result.reason,
                    due_at=result.due_at,
                    attempts=result.attempts,
                )
                await self.announcer.announce(parcel, result)
            case Standing():
                await self.follow_up.after_loss(parcel, result)
            case None:
                emit("lease.lost", delivery=parcel.delivery_id)
        if parcel.event.chain and result is not None:
            await self.succession.after(parcel, result.state)
        self.broker.ack(parcel.received)
