"""From an outcome to the delivery's next state: pure, and the only place that knows the rules."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from columba_shared.log.caps import Cap
from columba_shared.log.types import fitting
from columba_shared.state import State

from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.quiet import QuietHours
from columba_consumers.outcome import InDoubt, Outcome, Reject, Retry, Sent, Skipped, Stage

SHORTEST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(days=366)
"""Whoever asks for more is asked again after that: some pauses end beyond what a clock can tell."""


class InDoubtPolicy(StrEnum):
    """What to do when the provider may or may not have a delivery."""

    RESEND = "resend"
    PARK = "park"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A target's rules for what follows a failure, and for when it says nothing."""

    retry: RetryPolicy
    in_doubt: InDoubtPolicy
    quiet: QuietHours | None = None
    keeps: bool = False
    """Whether messages are kept as they were sent."""
    caps: tuple[Cap, ...] = ()

    def caps_for(self, kind: str) -> tuple[Cap, ...]:
        """Return what bounds how many of a kind somebody may get."""
        return tuple(cap for cap in self.caps if cap.counts(kind)) if self.caps else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is written about an attempt, and what becomes of its delivery, and of its address if nobody is there."""

    state: State
    reason: str | None
    due_at: datetime
    attempts: int
    outcome: str
    stage: Stage
    reply: str | None
    provider_id: str | None = None
    recipient_dead: bool = False
    message: bytes | None = None
    deliveries: int | None = None
    """How many an audience came to."""
    account: str | None = None
    """The one of several that it went by."""
    version: str | None = None
    """Which templates were at work, where the message was not made."""
    tried: bool = True
    """Whether there is an attempt to tell of."""


def decide(outcome: Outcome, *, attempts: int, policy: Policy, now: datetime) -> Decision:
    """Return what follows from ``outcome`` for a delivery that had spent ``attempts`` before."""
    match outcome:
        case Sent(reply=reply, provider_id=provider_id, message=message):
            return Decision(
                state=State.SENT,
                reason=None,
                due_at=now,
                attempts=attempts + 1,
                outcome="sent",
                stage=Stage.DELIVER,
                reply=fitting(reply),
                provider_id=None if provider_id is None else fitting(provider_id),
                message=message,
            )
        case Skipped(reason=reason):
            return _closed(State.SKIPPED, reason, "skipped", Stage.RENDER, attempts, now)
        case Reject(reason=reason, stage=stage):
            rejected = _closed(State.DEAD, reason, "reject", stage, attempts + 1, now)
            return replace(rejected, recipient_dead=outcome.recipient_dead)
        case Retry():
            return _again(outcome, attempts, policy.retry, now)
        case InDoubt():
            return _doubt(outcome, attempts, policy, now)
        case _:
            assert_never(outcome)


def expired(*, attempts: int, now: datetime, expires_at: datetime) -> Decision:
    """Return the decision for an event whose time has passed."""
    reason = f"expired at {expires_at.isoformat(timespec='seconds')}"
    return _closed(State.EXPIRED, reason, "expired", Stage.VALIDATE, attempts, now)


def irrelevant(*, attempts: int, now: datetime) -> Decision:
    """Return the decision for an event of which the app says that nobody needs it any more."""
    return _closed(State.EXPIRED, "no longer relevant", "expired", Stage.VALIDATE, attempts, now)


def crashed(*, attempts: int, crashes: int, now: datetime) -> Decision:
    """Return the decision for a delivery whose processing killed its process too often."""
    reason = f"crash: the process died {crashes} times while processing this delivery"
    return _closed(State.DEAD, reason, "crash", Stage.RENDER, attempts, now)


def expanded(*, deliveries: int, attempts: int, now: datetime) -> Decision:
    """Return the decision for an audience whose members all have deliveries of their own."""
    reason = "1 delivery" if deliveries == 1 else f"{deliveries} deliveries"
    closed = _closed(State.EXPANDED, reason, "expanded", Stage.AUDIENCE, attempts, now)
    return replace(closed, deliveries=deliveries)


def begun_anew(*, attempts: int, now: datetime) -> Decision:
    """Return the decision for an audience whose event was amended while it was being expanded."""
    reason = "amended while it was being expanded: whoever is missing is told the new"
    return Decision(
        state=State.SCHEDULED,
        reason=reason,
        due_at=now,
        attempts=attempts,
        outcome="postponed",
        stage=Stage.AUDIENCE,
        reply=reason,
    )


def put_off(*, reason: str, attempts: int, due_at: datetime) -> Decision:
    """Return the decision for a delivery whose destination takes no more for now: nothing is spent."""
    reason = fitting(reason)
    return Decision(
        state=State.SCHEDULED,
        reason=reason,
        due_at=due_at,
        attempts=attempts,
        outcome="postponed",
        stage=Stage.DELIVER,
        reply=reason,
    )


def waiting(*, reason: str, attempts: int, due_at: datetime) -> Decision:
    """Return the decision for a delivery that waits for another target of its chain, or for an account: no attempt."""
    return replace(put_off(reason=reason, attempts=attempts, due_at=due_at), stage=Stage.VALIDATE, tried=False)


def overtaken(state: State, *, reason: str, attempts: int, now: datetime) -> Decision:
    """Return the decision for a delivery that ends for the sake of another target of its chain, untried."""
    return replace(_closed(state, reason, state.value, Stage.VALIDATE, attempts, now), tried=False)


def nobody(*, reason: str, attempts: int, now: datetime) -> Decision:
    """Return the decision for a user whom the address book gives no active address."""
    return _closed(State.SUPPRESSED, reason, "suppressed", Stage.AUDIENCE, attempts, now)


def _closed(  # noqa: PLR0917 - one value, made of all its parts
    state: State, reason: str, outcome: str, stage: Stage, attempts: int, now: datetime
) -> Decision:
    reason = fitting(reason)
    return Decision(
        state=state,
        reason=reason,
        due_at=now,
        attempts=attempts,
        outcome=outcome,
        stage=stage,
        reply=reason,
    )


def _again(outcome: Retry, attempts: int, policy: RetryPolicy, now: datetime) -> Decision:
    spent = attempts + outcome.spent
    if outcome.spent and spent >= policy.max_attempts:
        reason = f"gave up after {spent} attempts: {outcome.reason}"
        return _closed(State.DEAD, reason, "retry", outcome.stage, spent, now)
    return Decision(
        state=State.RETRYING if outcome.spent else State.SCHEDULED,
        reason=fitting(outcome.reason),
        due_at=now + _pause(outcome, spent, policy),
        attempts=spent,
        outcome="retry" if outcome.spent else "postponed",
        stage=outcome.stage,
        reply=fitting(outcome.reason),
    )


def _pause(outcome: Retry, spent: int, policy: RetryPolicy) -> timedelta:
    """Return for how long it waits: as the provider wishes; after an attempt, no shorter than the policy says."""
    if outcome.spent:
        pause = policy.wait_after(spent, network=outcome.network)
        return max(pause, min(outcome.after or pause, LONGEST_PAUSE))
    if outcome.after is None:
        return policy.while_down
    return min(max(outcome.after, SHORTEST_PAUSE), LONGEST_PAUSE)


def _doubt(outcome: InDoubt, attempts: int, policy: Policy, now: datetime) -> Decision:
    spent = attempts + 1
    resend = policy.in_doubt is InDoubtPolicy.RESEND and spent < policy.retry.max_attempts
    return Decision(
        state=State.RETRYING if resend else State.IN_DOUBT,
        reason=fitting(outcome.reason),
        due_at=now + policy.retry.wait_after(spent) if resend else now,
        attempts=spent,
        outcome="in_doubt",
        stage=Stage.DELIVER,
        reply=fitting(outcome.reason),
    )
