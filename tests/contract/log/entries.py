"""Entries to write, complete but for what a test is about."""

# ruff: noqa: ANN401 - a change may be whatever the field takes

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from columba_shared import identity, wire
from columba_shared.event import Event, Recipient
from columba_shared.log.entries import AttemptEntry, Claim, DeliveryEntry, EventEntry, Lease, Settlement, Suspicion
from columba_shared.state import State
from msgspec.structs import replace as changed

NOW = datetime(2026, 11, 20, 9, 30, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5, microseconds=1)
PROCESS = UUID("00000000-0000-4000-8000-00000000000a")

_tokens = itertools.count(1)


def event_of(**changes: Any) -> Event:
    """Return an event of its own for one recipient."""
    event = Event(
        id=identity.event_id(),
        kind="invoice.ready",
        target="email",
        producer="shop",
        to=(Recipient(address="bob@example.org"),),
        created_at=NOW,
    )
    return changed(event, **changes)


def recorded(event: Event) -> EventEntry:
    """Return the event as it is recorded."""
    return EventEntry(event=event, body=wire.encode(event), recorded_at=NOW)


def delivery_of(event: Event | None = None, **changes: Any) -> DeliveryEntry:
    """Return the delivery of an event to its first recipient."""
    event = event or event_of()
    address = changes.pop("address", None) or event.to[0].address
    entry = DeliveryEntry(
        id=identity.delivery_id(event.id, event.target, address),
        event=event,
        address=address,
        recipient=None,
        due_at=NOW,
        created_at=NOW,
    )
    return replace(entry, **changes)


def deliveries(count: int) -> list[DeliveryEntry]:
    """Return that many deliveries, each of an event of its own."""
    return [delivery_of() for _ in range(count)]


def lease_of(process_id: UUID = PROCESS) -> Lease:
    """Return a lease that no other claim has."""
    return Lease(process_id=process_id, token=next(_tokens))


def claim_of(delivery: DeliveryEntry, **changes: Any) -> Claim:
    """Return a first copy's claim."""
    claim = Claim(
        event=recorded(delivery.event),
        delivery=delivery,
        claim=0,
        revision=0,
        lease=lease_of(),
        state=State.SENDING,
        at=NOW,
        attempts=0,
    )
    return replace(claim, **changes)


def attempt_of(delivery_id: UUID, **changes: Any) -> AttemptEntry:
    """Return the attempt that follows a first claim."""
    attempt = AttemptEntry(
        delivery_id=delivery_id,
        claim=1,
        number=1,
        outcome="sent",
        stage="deliver",
        reply="250 Ok",
        provider_id="q-1",
        process_id=PROCESS,
        started_at=NOW,
        finished_at=LATER,
        account="main",
        version="0123456789abcdef",
    )
    return replace(attempt, **changes)


def settlement_of(claim: Claim, **changes: Any) -> Settlement:
    """Return the successful outcome of a claim."""
    settlement = Settlement(
        delivery_id=claim.delivery.id,
        lease=claim.lease,
        state=State.SENT,
        reason=None,
        due_at=claim.delivery.due_at,
        attempts=1,
        attempt=attempt_of(claim.delivery.id, claim=claim.claim + 1),
        at=LATER,
    )
    return replace(settlement, **changes)


def suspicion_of(delivery: DeliveryEntry, **changes: Any) -> Suspicion:
    """Return the suspicion that a first copy's processing killed its process."""
    suspicion = Suspicion(event=recorded(delivery.event), delivery=delivery, claim=0, revision=0, at=LATER)
    return replace(suspicion, **changes)
