"""Entries as rows: one place that knows which column an entry's field belongs to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from columba_shared.log.causes import cause_of
from columba_shared.log.entries import (
    AttemptEntry,
    Claim,
    DeliveryEntry,
    EventEntry,
    Lease,
    Settlement,
    Standing,
)
from columba_shared.log.tables import delivery
from columba_shared.state import CLAIMABLE, State

Values = dict[str, Any]
"""Columns by name; in updates the names bound in the statement, which begin with b_."""

STANDING: Final = tuple(
    delivery.c[name]
    for name in (
        "id",
        "state",
        "claim",
        "revision",
        "attempts",
        "crashes",
        "handed_on",
        "due_at",
        "reason",
        "process_id",
        "token",
        "updated_at",
    )
)
TAKEN: Final = (
    "state",
    "reason",
    "cause",
    "due_at",
    "claim",
    "attempts",
    "process_id",
    "token",
    "handed_on",
    "suspect",
    "updated_at",
)
SETTLED: Final = ("state", "reason", "cause", "due_at", "attempts", "updated_at")


def in_id_order(new: Iterable[Values]) -> list[Values]:
    """Return the rows in the order in which every writer locks them, none twice."""
    by_id = {row["id"]: row for row in new}
    return [by_id[key] for key in sorted(by_id)]


def event_rows(entries: Sequence[EventEntry]) -> list[Values]:
    """Return the rows of columba_event, in key order, none twice."""
    by_key = {(entry.event.id, entry.event.target): entry for entry in entries}
    return [_event_row(by_key[key]) for key in sorted(by_key)]


def _event_row(entry: EventEntry) -> Values:
    event = entry.event
    return {
        "id": event.id,
        "target": event.target,
        "kind": event.kind,
        "lane": event.lane.value,
        "producer": event.producer,
        "body": entry.body,
        "created_at": _aware(event.created_at),
        "due_at": event.due_at and _aware(event.due_at),
        "expires_at": event.expires_at and _aware(event.expires_at),
        "category": event.filed_under,
        "recorded_at": _aware(entry.recorded_at),
    }


def delivery_row(entry: DeliveryEntry) -> Values:
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
        "user_id": entry.user,
        "key": event.key if event.digest is None else None,
        "digest_id": event.id if event.gathers else entry.digest_id,
        "state": entry.state.value,
        "reason": entry.reason,
        "cause": cause_of(entry.state, entry.reason),
        "due_at": _aware(entry.due_at),
        "asked_at": entry.asked_at and _aware(entry.asked_at),
        "auto": event.auto.value if event.auto and entry.state is State.HELD else None,
        "four_eyes": event.four_eyes,
        "frozen": False,
        "revision": 0,
        "claim": 0,
        "attempts": 0,
        "crashes": 0,
        "process_id": None,
        "token": None,
        "handed_on": entry.handed_on,
        "suspect": False,
        "created_at": _aware(entry.created_at),
        "updated_at": entry.created_at,
    }


def unclaimed_row(claim: Claim) -> Values:
    """Return the row that the log lacks, as it stands before the claim: the copy is believed about its number."""
    row = delivery_row(claim.delivery)
    row["claim"] = claim.claim
    row["revision"] = claim.revision
    return row


def claimed_row(claim: Claim) -> Values:
    """Return the whole row as it stands once the claim is won."""
    row = delivery_row(claim.delivery)
    row["state"] = claim.state.value
    row["reason"] = claim.reason
    row["cause"] = cause_of(claim.state, claim.reason)
    row["revision"] = claim.revision
    row["claim"] = claim.claim + 1
    row["attempts"] = claim.attempts
    row["process_id"] = claim.lease.process_id
    row["token"] = claim.lease.token
    row["handed_on"] = False
    row["updated_at"] = _aware(claim.at)
    if claim.due_at is not None:
        row["due_at"] = _aware(claim.due_at)
    return row


def taken_row(claim: Claim) -> Values:
    """Return the columns that a won claim updates, and the id that it updates."""
    row = claimed_row(claim)
    return {f"b_{name}": row[name] for name in ("id", *TAKEN)}


def settlement_row(settlement: Settlement) -> Values:
    """Return what a settlement writes to the delivery and, beginning with a_, to the attempt."""
    attempt = settlement.attempt
    return {
        "id": settlement.delivery_id,
        "process_id": settlement.lease.process_id,
        "token": settlement.lease.token,
        "state": settlement.state.value,
        "reason": settlement.reason,
        "cause": cause_of(settlement.state, settlement.reason),
        "due_at": _aware(settlement.due_at),
        "attempts": settlement.attempts,
        "updated_at": _aware(settlement.at),
        "a_claim": attempt.claim,
        "a_number": attempt.number,
        "a_outcome": attempt.outcome,
        "a_stage": attempt.stage,
        "a_reply": attempt.reply,
        "a_provider_id": attempt.provider_id,
        "a_process_id": attempt.process_id,
        "a_started_at": _aware(attempt.started_at),
        "a_finished_at": _aware(attempt.finished_at),
        "a_account": attempt.account,
        "a_version": attempt.version,
    }


def settled_row(settlement: Settlement) -> Values:
    """Return the columns that an outcome updates, and the id that it updates."""
    row = settlement_row(settlement)
    return {f"b_{name}": row[name] for name in ("id", *SETTLED)}


def takes(claim: Claim, row: Row[Any]) -> bool:
    """Say whether the claim is to be had, as the delivery stands: its copy is the newest, and nobody has ended it."""
    return (row.claim, row.revision) == (claim.claim, claim.revision) and row.state in CLAIMABLE


def attempt_row(entry: AttemptEntry) -> Values:
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
        "started_at": _aware(entry.started_at),
        "finished_at": _aware(entry.finished_at),
        "account": entry.account,
        "version": entry.version,
    }


def standing(row: Row[Any]) -> Standing:
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
        revision=row.revision,
    )


def _aware(moment: datetime) -> datetime:
    """Refuse a moment without a zone: the database would take it for local time somewhere."""
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime {moment!r}: the log keeps aware moments only")
    return moment
