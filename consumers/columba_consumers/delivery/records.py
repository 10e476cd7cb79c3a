"""A parcel's steps as entries of the log: pure, and the only place that fills them in."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from columba_shared.log.bounce import Finding, Reported
from columba_shared.log.caps import Cap
from columba_shared.log.entries import AttemptEntry, Claim, HandedOn, Lease, Settlement, Suspicion
from columba_shared.state import State

from columba_consumers.delivery.decision import Decision
from columba_consumers.delivery.parcel import Parcel


def suspicion(parcel: Parcel, *, now: datetime) -> Suspicion:
    """Return what raises the parcel's crash count."""
    return Suspicion(
        event=parcel.event_entry,
        delivery=parcel.delivery_entry,
        claim=parcel.envelope.claim,
        revision=parcel.envelope.revision,
        at=now,
    )


def claim(parcel: Parcel, lease: Lease, *, now: datetime, caps: tuple[Cap, ...] = ()) -> Claim:
    """Return the claim that precedes the provider call."""
    return Claim(
        event=parcel.event_entry,
        delivery=parcel.delivery_entry,
        claim=parcel.envelope.claim,
        revision=parcel.envelope.revision,
        lease=lease,
        state=State.SENDING,
        at=now,
        attempts=parcel.envelope.attempts,
        caps=caps,
    )


def conclusion(parcel: Parcel, decision: Decision, lease: Lease, *, now: datetime) -> Claim:
    """Return the claim that takes the delivery straight to its decided state, with no provider call."""
    return replace(
        claim(parcel, lease, now=now),
        state=decision.state,
        attempts=decision.attempts,
        spent=decision.attempts - parcel.envelope.attempts,
        reason=decision.reason,
        due_at=decision.due_at,
        attempt=_attempt(parcel, decision, lease.process_id, started_at=now, finished_at=now, version=decision.version)
        if decision.tried
        else None,
    )


def settlement(
    parcel: Parcel,
    decision: Decision,
    lease: Lease,
    *,
    started_at: datetime,
    now: datetime,
    version: str | None = None,
) -> Settlement:
    """Return the outcome of a claim that is held."""
    return Settlement(
        delivery_id=parcel.delivery_id,
        lease=lease,
        state=decision.state,
        reason=decision.reason,
        due_at=decision.due_at,
        attempts=decision.attempts,
        attempt=_attempt(parcel, decision, lease.process_id, started_at=started_at, finished_at=now, version=version),
        at=now,
        message=decision.message,
    )


def dead_address(parcel: Parcel, decision: Decision) -> Reported:
    """Return the note that nobody is at the parcel's address."""
    return Reported(delivery_id=parcel.delivery_id, finding=Finding.HARD, said=decision.reason)


def handed_on(parcel: Parcel) -> HandedOn:
    """Return the note that the follow-up of the parcel's claim is on its way."""
    return HandedOn(delivery_id=parcel.delivery_id, claim=parcel.envelope.claim + 1, revision=parcel.envelope.revision)


def _attempt(
    parcel: Parcel,
    decision: Decision,
    process_id: UUID,
    *,
    started_at: datetime,
    finished_at: datetime,
    version: str | None,
) -> AttemptEntry:
    return AttemptEntry(
        delivery_id=parcel.delivery_id,
        claim=parcel.envelope.claim + 1,
        number=decision.attempts,
        outcome=decision.outcome,
        stage=decision.stage.value,
        reply=decision.reply,
        provider_id=decision.provider_id,
        process_id=process_id,
        started_at=started_at,
        finished_at=finished_at,
        account=decision.account,
        version=version,
    )
