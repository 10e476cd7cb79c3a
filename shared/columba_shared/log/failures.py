"""What is dead or in doubt, grouped by its cause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, func, select

from columba_shared.log.selection import Selection
from columba_shared.log.tables import CAUSED, attempt, delivery
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One delivery of a group: what was said of it, and at which stage; None when no attempt tells."""

    delivery_id: UUID
    reason: str | None
    stage: str | None


@dataclass(slots=True, kw_only=True)
class FailureGroup:
    """Deliveries by one target that failed alike.

    ``first_at`` and ``last_at`` are when the first and the last of them failed, ``oldest_at`` when the oldest began.
    """

    cause: str
    target: str
    state: State
    first_at: datetime
    last_at: datetime
    oldest_at: datetime
    number: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    example: Example | None = None

    def add(self, row: Row[Any]) -> None:
        """Count those of one kind."""
        self.number += row.number
        self.kinds[row.kind] += row.number
        self.first_at = min(self.first_at, row.first_at)
        self.last_at = max(self.last_at, row.last_at)
        self.oldest_at = min(self.oldest_at, row.oldest_at)


_BY: Final = (delivery.c.cause, delivery.c.target, delivery.c.state, delivery.c.kind)


def failure_groups(connection: Connection, selection: Selection) -> list[FailureGroup]:
    """Return the selected deliveries that have a cause by that and their target, the most first; without examples."""
    query = select(
        *_BY,
        func.count().label("number"),
        func.min(delivery.c.updated_at).label("first_at"),
        func.max(delivery.c.updated_at).label("last_at"),
        func.min(delivery.c.created_at).label("oldest_at"),
    )
    grouped: dict[tuple[str, str, str], FailureGroup] = {}
    for row in connection.execute(query.where(CAUSED, selection.condition).group_by(*_BY)):
        key = (row.cause, row.target, row.state)
        grouped.setdefault(key, _begun(row)).add(row)
    return sorted(grouped.values(), key=lambda each: (-each.number, each.cause, each.target, each.state))


def add_examples(connection: Connection, selection: Selection, groups: Sequence[FailureGroup]) -> None:
    """Give each of these groups, which are of the selection, one of its deliveries as an example."""
    for group in groups:
        group.example = _example(connection, selection, group)


def _begun(row: Row[Any]) -> FailureGroup:
    return FailureGroup(
        cause=row.cause,
        target=row.target,
        state=State(row.state),
        first_at=row.first_at,
        last_at=row.last_at,
        oldest_at=row.oldest_at,
    )


def _example(connection: Connection, selection: Selection, group: FailureGroup) -> Example | None:
    """Take whichever the index comes to first: they are alike."""
    alike = replace(selection, states={group.state}, cause=group.cause, target=group.target)
    query = select(delivery.c.id, delivery.c.reason).where(CAUSED, alike.condition).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    stages = select(attempt.c.stage).where(attempt.c.delivery_id == row.id).order_by(attempt.c.claim.desc()).limit(1)
    return Example(delivery_id=row.id, reason=row.reason, stage=connection.scalar(stages))
