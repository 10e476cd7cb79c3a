"""What the log tells whoever asks: deliveries, attempts and events as they were written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from columba_shared.event import Lane
from columba_shared.log.bounce import Bounce
from columba_shared.log.tables import attempt, delivery, event
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A delivery and how it stands."""

    id: UUID
    event_id: UUID
    target: str
    kind: str
    lane: Lane
    address: str
    state: State
    reason: str | None
    due_at: datetime
    revision: int
    claim: int
    attempts: int
    crashes: int
    process_id: UUID | None
    handed_on: bool
    key: str | None
    digest_id: UUID | None
    user_id: str | None
    auto: str | None
    four_eyes: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One try at a delivery and what it led to."""

    delivery_id: UUID
    claim: int
    number: int
    outcome: str
    stage: str
    reply: str | None
    provider_id: str | None
    account: str | None
    version: str | None
    process_id: UUID | None
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """An event on one of its targets; ``body`` is its encoded form, which may name no recipients."""

    id: UUID
    target: str
    kind: str
    lane: Lane
    producer: str
    body: bytes
    created_at: datetime
    due_at: datetime | None
    expires_at: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that the log knows of one delivery: its event, its recipient if kept apart, its attempts, what came back."""

    delivery: DeliveryRecord
    recipient: bytes | None
    event: EventRecord | None
    attempts: tuple[AttemptRecord, ...]
    bounces: tuple[Bounce, ...] = ()


DELIVERY_COLUMNS: Final = tuple(delivery.c[name] for name in DeliveryRecord.__slots__)
ATTEMPT_COLUMNS: Final = tuple(attempt.c[name] for name in AttemptRecord.__slots__)
EVENT_COLUMNS: Final = tuple(event.c[name] for name in EventRecord.__slots__)


def delivery_record(row: Row[Any]) -> DeliveryRecord:
    """Return the delivery in a row of DELIVERY_COLUMNS (and perhaps more behind them)."""
    values = dict(zip(DeliveryRecord.__slots__, row, strict=False))
    return DeliveryRecord(**values | {"lane": Lane(row.lane), "state": State(row.state)})


def attempt_record(row: Row[Any]) -> AttemptRecord:
    """Return the attempt in a row of ATTEMPT_COLUMNS."""
    return AttemptRecord(**dict(zip(AttemptRecord.__slots__, row, strict=True)))


def event_record(row: Row[Any]) -> EventRecord:
    """Return the event in a row of EVENT_COLUMNS."""
    return EventRecord(**dict(zip(EventRecord.__slots__, row, strict=True)) | {"lane": Lane(row.lane)})
