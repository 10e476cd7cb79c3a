"""Entries as rows: one place that knows which column an entry's field belongs to."""

from typing import Any

from columba_shared.log.entries import (
    AttemptEntry,
    Claim,
    DeliveryEntry,
    EventEntry,
    Lease,
    Settlement,
    Standing,
)
from columba_shared.state import State


def event_row(entry: EventEntry) -> dict[str, Any]:
    """Return the row of columba_event."""
    event = entry.event
    return {
        "id": event.id,
        "target": event.target,
        "kind": event.kind,
        "lane": event.lane.value,
        "producer": event.producer,
        "body": entry.body,
        "created_at": event.created_at,
        "due_at": event.due_at,
        "expires_at": event.expires_at,
        "recorded_at": entry.recorded_at,
    }


def delivery_row(entry: DeliveryEntry) -> dict[str, Any]:
    """Return the row of a delivery that nobody has claimed yet."""
    event = entry.event
    return {
        "id": entry.id,
        "event_id": event.id,
        "target": event.target,
        "kind": event.kind,
        "lane": event.lane.value,
        "address": entry.address,
        "recipient": entry.recipient,
        "state": entry.state.value,
        "reason": None,
        "due_at": entry.due_at,
        "revision": 0,
        "claim": 0,
        "attempts": 0,
        "crashes": 0,
        "process_id": None,
        "token": None,
        "handed_on": False,
        "suspect": False,
        "created_at": entry.created_at,
        "updated_at": entry.created_at,
    }


def claim_row(claim: Claim) -> dict[str, Any]:
    """Return the row as it stands once the claim is won."""
    row = delivery_row(claim.delivery)
    row.update(
        state=claim.state.value,
        reason=claim.reason,
        due_at=claim.due_at or claim.delivery.due_at,
        revision=claim.revision,
        claim=claim.claim + 1,
        attempts=claim.attempts,
        process_id=claim.lease.process_id,
        token=claim.lease.token,
        updated_at=claim.at,
    )
    return row


def settlement_row(settlement: Settlement) -> dict[str, Any]:
    """Return the columns that a settlement writes, and the two that it is conditional on."""
    return {
        "id": settlement.delivery_id,
        "process_id": settlement.lease.process_id,
        "token": settlement.lease.token,
        "state": settlement.state.value,
        "reason": settlement.reason,
        "due_at": settlement.due_at,
        "attempts": settlement.attempts,
        "updated_at": settlement.at,
    }


def attempt_row(entry: AttemptEntry) -> dict[str, Any]:
    """Return the row of columba_attempt."""
    return {
        "delivery_id": entry.delivery_id,
        "claim": entry.claim,
        "number": entry.number,
        "outcome": entry.outcome,
        "stage": entry.stage,
        "reply": entry.reply,
        "provider_id": entry.provider_id,
        "process_id": entry.process_id,
        "started_at": entry.started_at,
        "finished_at": entry.finished_at,
    }


def standing(row: Any) -> Standing:
    """Return how a delivery stands, from its row."""
    lease = None if row.token is None else Lease(process_id=row.process_id, token=row.token)
    return Standing(
        state=State(row.state),
        claim=row.claim,
        attempts=row.attempts,
        crashes=row.crashes,
        handed_on=row.handed_on,
        due_at=row.due_at,
        reason=row.reason,
        lease=lease,
    )
