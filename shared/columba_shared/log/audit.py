"""The record of what people did: who, when, what and why, written in the transaction that does it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, insert, select

from columba_shared.log.tables import audit
from columba_shared.log.types import MAX_TEXT

_LOOKED_THROUGH = 10_000
"""So far back what was done about a user is looked for: those acts are found by nothing but their detail."""


class Deed(StrEnum):
    """What somebody did."""

    HELD = "held"
    APPROVED = "approved"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    AMENDED = "amended"
    FROZEN = "frozen"
    RETRIED = "retried"
    REPLAYED = "replayed"
    SETTLED = "settled"
    REOPENED = "reopened"
    RESTORED = "restored"
    DROPPED = "dropped"
    ORDERED = "ordered"
    BRAKED = "brake pulled"
    UNBRAKED = "brake ended"
    RELEASED = "released"
    PAUSED = "paused"
    RESUMED = "resumed"
    OPTED_OUT = "opted out"
    OPTED_IN = "opted in"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "no longer suppressed"
    ADDED = "address added"
    REMOVED = "address removed"
    ACTIVATED = "taken into use"
    DEACTIVATED = "taken out of use"
    SYNCED = "book synced"
    FORGOTTEN = "forgotten"
    PURGED = "purged"
    BELIEVED = "bounces believed"
    DISMISSED = "bounces dismissed"
    HOOK_FAILED = "hook failed"


ABOUT_USERS = frozenset(
    {
        Deed.OPTED_OUT,
        Deed.OPTED_IN,
        Deed.SUPPRESSED,
        Deed.UNSUPPRESSED,
        Deed.ADDED,
        Deed.REMOVED,
        Deed.ACTIVATED,
        Deed.DEACTIVATED,
        Deed.SYNCED,
    }
)
"""Deeds of which the detail names a user or an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who does something, and why."""

    who: str
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One deed, to a delivery, to an event, or to neither."""

    author: Author
    what: Deed
    at: datetime
    delivery_id: UUID | None = None
    event_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def note(connection: Connection, acts: Iterable[Act]) -> None:
    """Write them down."""
    values = [_row(each) for each in acts]
    if values:
        connection.execute(insert(audit), values)


def acts_on(connection: Connection, deliveries: Sequence[UUID]) -> list[Act]:
    """Return what was done to these deliveries, oldest first."""
    query = select(audit).where(audit.c.delivery_id.in_(deliveries)).order_by(audit.c.at, audit.c.id)
    return [_act(row) for row in connection.execute(query)]


def acts_on_event(connection: Connection, event_id: UUID) -> list[Act]:
    """Return what was done to the event as a whole, oldest first: amendments, orders about it."""
    whole = select(audit).where(audit.c.event_id == event_id, audit.c.delivery_id.is_(None))
    return [_act(row) for row in connection.execute(whole.order_by(audit.c.at, audit.c.id))]


def acts_on_user(connection: Connection, user: str, *, limit: int) -> list[Act]:
    """Return what was done last about a user's addresses and opt-outs, the newest first."""
    about = (audit.c.what.in_(sorted(ABOUT_USERS)), audit.c.delivery_id.is_(None), audit.c.detail.is_not(None))
    query = select(audit).where(*about).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(_LOOKED_THROUGH)
    acts = (_act(row) for row in connection.execute(query))
    return list(islice((act for act in acts if act.detail.get("user") == user), limit))


def _row(each: Act) -> dict[str, object]:
    return {
        "at": each.at,
        "who": each.author.who,
        "what": each.what.value,
        "why": each.author.why and each.author.why[:MAX_TEXT],
        "delivery_id": each.delivery_id,
        "event_id": each.event_id,
        "detail": msgspec.json.encode(each.detail) if each.detail else None,
    }


def _act(row: Row[Any]) -> Act:
    return Act(
        author=Author(who=row.who, why=row.why),
        what=Deed(row.what),
        at=row.at,
        delivery_id=row.delivery_id,
        event_id=row.event_id,
        detail=msgspec.json.decode(row.detail) if row.detail else {},
    )
