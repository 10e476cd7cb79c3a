"""The list of events, those that were recorded last first: without what they tell, which may be much."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, case, exists, func, or_, select

from columba_shared import wire
from columba_shared.errors import ColumbaError
from columba_shared.event import Event, Lane
from columba_shared.log.kinds import below
from columba_shared.log.tables import delivery, event

_WITHDRAWAL_BYTES: Final = 4096
"""No event that withdraws a key is longer: it tells nothing."""


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
    key: str | None
    """What a newer event under it replaces, or what it withdraws."""
    withdraws: bool


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
    query: Select[Any] = select(*_COLUMNS, _KEY.label("key"), _UNTOLD.label("body"))
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
    return [_recorded(row) for row in found]


def _recorded(row: Row[Any]) -> Recorded:
    told = None if row.body is None else _event(row.body)
    withdraws = told is not None and told.withdraw
    named = {name: getattr(row, name) for name in _NAMES}
    key = told.key if told is not None and withdraws else row.key
    return Recorded(**named | {"lane": Lane(row.lane), "key": key, "withdraws": withdraws})


def _event(body: bytes) -> Event | None:
    try:
        return wire.decode_kept(body)
    except ColumbaError:
        return None


_NAMES: Final = tuple(name for name in Recorded.__slots__ if name not in {"key", "withdraws"})
_COLUMNS: Final = tuple(event.c[name] for name in _NAMES)
# All deliveries of an event have its key, so that any one of them will do.
_KEY: Final = select(delivery.c.key).where(delivery.c.event_id == event.c.id).limit(1).scalar_subquery()
# Who withdraws a key tells nobody: it has no delivery, and says so in itself alone.
_UNTOLD: Final = case(
    (
        and_(~exists().where(delivery.c.event_id == event.c.id), func.length(event.c.body) <= _WITHDRAWAL_BYTES),
        event.c.body,
    )
)
