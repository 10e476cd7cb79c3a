"""The outbox as the relay sees it: rows to move, and rows set aside with the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from columba_shared.log.tables import outbox
from columba_shared.log.types import MAX_TEXT

MAX_BYTES: Final = 16 * 1024 * 1024
"""How much of the outbox is held in memory at once, whatever the size of its events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One event that waits to be moved."""

    id: int
    event_id: UUID
    body: bytes


def waiting(connection: Connection, *, after: int, limit: int) -> list[int]:
    """Return the oldest rows behind ``after`` that were not set aside: what fits into memory, but at least one."""
    query = select(outbox.c.id, func.length(outbox.c.body).label("size"))
    rows = connection.execute(_oldest(query, after).limit(limit)).all()
    sizes = accumulate(row.size for row in rows)
    return [
        row.id for place, (row, total) in enumerate(zip(rows, sizes, strict=True)) if not place or total <= MAX_BYTES
    ]


def take(connection: Connection, ids: Sequence[int]) -> list[OutboxRow]:
    """Return these rows, as far as they are still there, locked against other relays where the database can do so."""
    query = select(outbox.c.id, outbox.c.event_id, outbox.c.body).where(outbox.c.id.in_(ids))
    rows = connection.execute(_oldest(query, 0).with_for_update(skip_locked=True))
    return [OutboxRow(id=row.id, event_id=row.event_id, body=row.body) for row in rows]


def oldest(connection: Connection) -> datetime | None:
    """Return when the oldest row was written that is still to be moved, by all of them; None when there is none."""
    found: datetime | None = connection.scalar(select(func.min(outbox.c.written_at)).where(outbox.c.problem.is_(None)))
    return found


def first(connection: Connection) -> datetime | None:
    """Return when the row was written that is moved next: found at once, however many there are; None: there is none.

    That of a longer transaction may have been written before.
    """
    found: datetime | None = connection.scalar(_oldest(select(outbox.c.written_at), 0).limit(1))
    return found


def remove(connection: Connection, ids: Iterable[int]) -> None:
    """Delete rows that were moved."""
    listed = list(ids)
    if listed:
        connection.execute(delete(outbox).where(outbox.c.id.in_(listed)))


def set_aside(connection: Connection, problems: Iterable[tuple[int, str]]) -> None:
    """Keep rows that cannot be moved, with the reason, out of the others' way."""
    values = [{"b_id": key, "b_problem": problem[:MAX_TEXT]} for key, problem in problems]
    if values:
        connection.execute(_SET_ASIDE, values)


def take_up_again(connection: Connection) -> int:
    """Give every row that was set aside another chance; return how many there are."""
    return connection.execute(update(outbox).where(outbox.c.problem.is_not(None)).values(problem=None)).rowcount


def _oldest(query: Select[Any], after: int) -> Select[Any]:
    return query.where(outbox.c.problem.is_(None), outbox.c.id > after).order_by(outbox.c.id)


_SET_ASIDE: Final = update(outbox).where(outbox.c.id == bindparam("b_id")).values(problem=bindparam("b_problem"))
