"""What waits, by kind and age: the shape of a backlog after an outage."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, func, literal, select

from columba_shared.log.tables import WAITING, delivery

AGES: Final = (
    ("not due", None),
    ("< 1 min", timedelta(minutes=1)),
    ("< 10 min", timedelta(minutes=10)),
    ("< 1 h", timedelta(hours=1)),
    ("< 6 h", timedelta(hours=6)),
    ("< 1 d", timedelta(days=1)),
)
OLDER: Final = "older"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """How many deliveries of a target and kind wait, by how long they have been due."""

    target: str
    kind: str
    ages: dict[str, int]
    oldest_due_at: datetime

    @property
    def number(self) -> int:
        """All of them."""
        return sum(self.ages.values())


def backlog(connection: Connection, now: datetime) -> list[Pile]:
    """Return what waits to be claimed, the longest due first; what is held waits for people and is not counted."""
    moment = delivery.c.due_at.type
    bounds = [
        (delivery.c.due_at > literal(now - (length or timedelta(0)), moment), literal(age)) for age, length in AGES
    ]
    age = case(*bounds, else_=literal(OLDER)).label("age")
    columns = (delivery.c.target, delivery.c.kind, age)
    query = select(*columns, func.count().label("number"), func.min(delivery.c.due_at).label("oldest"))
    piles: dict[tuple[str, str], Pile] = {}
    for row in connection.execute(query.where(WAITING).group_by(*columns)):
        empty = Pile(target=row.target, kind=row.kind, ages={}, oldest_due_at=row.oldest)
        pile = piles.setdefault((row.target, row.kind), empty)
        pile.ages[row.age] = row.number
        if row.oldest < pile.oldest_due_at:
            piles[row.target, row.kind] = Pile(
                target=row.target, kind=row.kind, ages=pile.ages, oldest_due_at=row.oldest
            )
    return sorted(piles.values(), key=lambda pile: (pile.oldest_due_at, pile.target, pile.kind))
