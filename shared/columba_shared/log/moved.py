"""What the relay has published: kept until the log has seen it, so that nothing is lost between broker and log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from columba_shared.log.intake import MAX_BYTES
from columba_shared.log.tables import event, moved, outbox
from columba_shared.log.types import MAX_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One event that was published."""

    event_id: UUID
    target: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """One that was published a while ago, so many times, and never recorded."""

    id: int
    event_id: UUID
    body: bytes
    times: int
    moved_at: datetime


def keep(connection: Connection, events: Iterable[Moved], *, now: datetime) -> None:
    """Keep what was just published for the first time."""
    values = [
        {"event_id": each.event_id, "target": each.target, "body": each.body, "times": 1, "moved_at": now}
        for each in events
    ]
    if values:
        connection.execute(insert(moved), values)


def forget_seen(connection: Connection, *, after: int, limit: int) -> tuple[int, int | None]:
    """Look at the next rows behind ``after`` and delete those whose event the log has.

    Return how many those were, and the last row that was looked at; None at the end.
    """
    query = select(moved.c.id, _seen().label("seen")).where(moved.c.id > after).order_by(moved.c.id).limit(limit)
    rows = connection.execute(query).all()
    seen = [row.id for row in rows if row.seen]
    if seen:
        connection.execute(delete(moved).where(moved.c.id.in_(seen)))
    return len(seen), rows[-1].id if len(rows) == limit else None


def unseen(connection: Connection, *, moved_by: datetime, after: int, limit: int) -> list[Unseen]:
    """Return the next rows behind ``after`` that were published by then, and whose event the log does not have."""
    late = and_(moved.c.moved_at <= moved_by, moved.c.id > after, ~_seen())
    sized = select(moved.c.id, func.length(moved.c.body).label("size")).where(late).order_by(moved.c.id).limit(limit)
    fitting = _fitting(connection.execute(sized).all())
    rows = connection.execute(select(moved).where(moved.c.id.in_(fitting)).order_by(moved.c.id))
    return [
        Unseen(id=row.id, event_id=row.event_id, body=row.body, times=row.times, moved_at=row.moved_at) for row in rows
    ]


def note_again(connection: Connection, ids: Sequence[int], *, now: datetime) -> None:
    """Note that these were published once more."""
    if ids:
        connection.execute(update(moved).where(moved.c.id.in_(ids)).values(times=moved.c.times + 1, moved_at=now))


def set_aside(connection: Connection, rows: Sequence[Unseen], problem: str, *, now: datetime) -> None:
    """Give rows back to the outbox with the reason, for a person to see; each once, however many do so."""
    for row in rows:
        if connection.execute(delete(moved).where(moved.c.id == row.id)).rowcount:
            values = {"event_id": row.event_id, "body": row.body, "problem": problem[:MAX_TEXT], "written_at": now}
            connection.execute(insert(outbox).values(values))


def _fitting(rows: Sequence[Any]) -> list[int]:
    """Return the first rows that fit into memory together, but at least one."""
    ids: list[int] = []
    size = 0
    for row in rows:
        size += row.size
        if ids and size > MAX_BYTES:
            break
        ids.append(row.id)
    return ids


def _seen() -> ColumnElement[bool]:
    recorded = and_(event.c.id == moved.c.event_id, event.c.target == moved.c.target)
    return select(event.c.id).where(recorded).exists()
