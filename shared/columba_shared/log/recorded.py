"""The list of events, those that were recorded last first: without what they tell, which may be much."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, and_, or_, select

from columba_shared.event import Lane
from columba_shared.log.kinds import below
from columba_shared.log.tables import event


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event on one of its targets."""

    id: UUID
    target: str
    kind: str
    lane: Lane
    producer: str
    category: str | None
    created_at: datetime
    due_at: datetime | None
    expires_at: datetime | None
    recorded_at: datetime


Spot = tuple[datetime, UUID, str]
"""When it was recorded, its id and its target: what there is one of."""


def recorded(
    connection: Connection,
    *,
    kind: str | None = None,
    target: str | None = None,
    event_id: UUID | None = None,
    since: datetime | None = None,
    before: Spot | None = None,
    limit: int,
) -> list[Recorded]:
    """Return events that fit everything given, newest first, behind ``before``; ``kind`` may end in ``.*``."""
    query = select(*_COLUMNS)
    for column, value in ((event.c.target, target), (event.c.id, event_id)):
        query = query if value is None else query.where(column == value)
    if kind is not None:
        query = query.where(below(event.c.kind, kind))
    if since is not None:
        query = query.where(event.c.recorded_at >= since)
    if before is not None:
        at, key, on = before
        earlier = or_(
            event.c.recorded_at < at, event.c.id < key, and_(event.c.id == key, event.c.target < on)
        )  # the first half of what follows is the one that an index understands
        query = query.where(event.c.recorded_at <= at, earlier)
    order = (event.c.recorded_at.desc(), event.c.id.desc(), event.c.target.desc())
    found = connection.execute(query.order_by(*order).limit(limit))
    return [Recorded(**dict(zip(Recorded.__slots__, row, strict=True)) | {"lane": Lane(row.lane)}) for row in found]


_COLUMNS: Final = tuple(event.c[name] for name in Recorded.__slots__)
