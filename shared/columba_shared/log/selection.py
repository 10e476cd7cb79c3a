"""Which deliveries are meant: the filter that listings, counts, reopening and purging share."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all

from columba_shared.log.records import DELIVERY_COLUMNS, DeliveryRecord
from columba_shared.log.tables import delivery
from columba_shared.state import State

_EVERY_STATE: Final = frozenset(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Deliveries that fit everything given; ``since`` and ``until`` bound when something last happened to them."""

    states: AbstractSet[State] = _EVERY_STATE
    kind: str | None = None
    target: str | None = None
    address: str | None = None
    event_id: UUID | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        """The whole filter."""
        return and_(delivery.c.state.in_(sorted(self.states)), *self._beside_state())

    def newest(self, limit: int, after: "Position | None" = None) -> Select[Any]:
        """Return a query for the deliveries to which something happened last, newest first, behind a position.

        Where neither an address nor an event narrows it down, every state is walked along its own index.
        """
        beyond = () if after is None else (after.condition,)
        order = (delivery.c.updated_at.desc(), delivery.c.id.desc())
        columns = select(*DELIVERY_COLUMNS)
        if len(self.states) == 1 or self.address is not None or self.event_id is not None:
            return columns.where(self.condition, *beyond).order_by(*order).limit(limit)
        of_state = [
            columns.where(delivery.c.state == state, *self._beside_state(), *beyond).order_by(*order).limit(limit)
            for state in sorted(self.states)
        ]
        found = union_all(*(select(walk.subquery()) for walk in of_state)).subquery()
        return select(found).order_by(found.c.updated_at.desc(), found.c.id.desc()).limit(limit)

    def _beside_state(self) -> list[ColumnElement[bool]]:
        same = {
            delivery.c.kind: self.kind,
            delivery.c.target: self.target,
            delivery.c.address: self.address,
            delivery.c.event_id: self.event_id,
            delivery.c.reason: self.reason,
        }
        conditions = [column == value for column, value in same.items() if value is not None]
        if self.since is not None:
            conditions.append(delivery.c.updated_at >= self.since)
        if self.until is not None:
            conditions.append(delivery.c.updated_at < self.until)
        return conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a listing, newest first, has got to."""

    updated_at: datetime
    id: UUID

    @classmethod
    def of(cls, last: DeliveryRecord) -> "Position":
        """Return the position behind the last delivery that was listed."""
        return cls(updated_at=last.updated_at, id=last.id)

    @property
    def condition(self) -> ColumnElement[bool]:
        """What is still to come; the first half is the one that an index understands."""
        older = or_(delivery.c.updated_at < self.updated_at, delivery.c.id < self.id)
        return and_(delivery.c.updated_at <= self.updated_at, older)
