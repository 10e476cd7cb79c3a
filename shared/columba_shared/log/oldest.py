"""Since when the oldest delivery waits, found along an index: cheap enough to ask every few seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import Connection, Select, select

from columba_shared.event import Lane
from columba_shared.log.tables import WAITING, delivery
from columba_shared.state import CLAIMABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Oldest:
    """The delivery that has been due for longest, and that nobody has claimed."""

    target: str
    due_at: datetime


def oldest_due(connection: Connection, targets: Sequence[str], now: datetime) -> Oldest | None:
    """Return the oldest of these targets' deliveries that are due; None when none is."""
    ask = _in_one_index if connection.dialect.name in {"mysql", "mariadb"} else _line_by_line
    found = (connection.execute(query.limit(1)).one_or_none() for query in ask(targets, now))
    oldest = [Oldest(target=row.target, due_at=row.due_at) for row in found if row is not None]
    return min(oldest, key=lambda each: each.due_at, default=None)


def _line_by_line(targets: Sequence[str], now: datetime) -> Iterator[Select[Any]]:
    """Where waiting deliveries have an index of their own, each of these is the front of a range of it."""
    for target, lane, copied in product(targets, Lane, (False, True)):
        line = (delivery.c.target == target, delivery.c.lane == lane.value, delivery.c.handed_on == copied)
        yield _due(now).where(WAITING, *line)


def _in_one_index(targets: Sequence[str], now: datetime) -> Iterator[Select[Any]]:
    for state in sorted(CLAIMABLE):
        yield _due(now).where(delivery.c.state == state.value, delivery.c.target.in_(targets))


def _due(now: datetime) -> Select[Any]:
    query = select(delivery.c.target, delivery.c.due_at).where(delivery.c.due_at <= now)
    return query.order_by(delivery.c.due_at)
