"""Which deliveries are meant: the filter that listings, counts, reopening and purging share."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select, union_all

from columba_shared.log.causes import CAUSE_DIGITS
from columba_shared.log.kinds import below
from columba_shared.log.records import DELIVERY_COLUMNS, DeliveryRecord
from columba_shared.log.tables import delivery, selected
from columba_shared.state import State

_EVERY_STATE: Final = frozenset(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Deliveries that fit everything given; ``since`` and ``until`` bound when something last happened to them.

    ``kind`` may end in ``.*`` for all kinds below it; ``selection`` is the id of a frozen selection that holds them;
    ``cause`` may be the beginning of one; ``said`` is in the reason, however it is capitalised. What fits one
    of ``without``, which may narrow only what every delivery has, is not meant.
    """

    states: AbstractSet[State] = _EVERY_STATE
    id: UUID | None = None
    kind: str | None = None
    target: str | None = None
    address: str | None = None
    event_id: UUID | None = None
    digest: UUID | None = None
    """A digest's event, of which its members are meant."""
    reason: str | None = None
    cause: str | None = None
    said: str | None = None
    key: str | None = None
    user: str | None = None
    selection: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    due_since: datetime | None = None
    due_until: datetime | None = None
    without: "tuple[Selection, ...]" = ()

    @property
    def condition(self) -> ColumnElement[bool]:
        """The whole filter."""
        return and_(delivery.c.state.in_(sorted(self.states)), *self._beside_state())

    def newest(self, limit: int, after: "Position | None" = None) -> Select[Any]:
        """Return a query for the deliveries to which something happened last, newest first, behind a position.

        Where nothing narrows it down to a few, every state is walked along its own index.
        """
        beyond = () if after is None else (after.condition,)
        order = (delivery.c.updated_at.desc(), delivery.c.id.desc())
        columns = select(*DELIVERY_COLUMNS)
        if len(self.states) == 1 or self._narrow:
            return columns.where(self.condition, *beyond).order_by(*order).limit(limit)
        places = select(delivery.c.updated_at, delivery.c.id)
        of_state = [
            places.where(delivery.c.state == state, *self._beside_state(), *beyond).order_by(*order).limit(limit)
            for state in sorted(self.states)
        ]
        found = union_all(*(select(walk.subquery()) for walk in of_state)).subquery()
        last = select(found.c.id).order_by(found.c.updated_at.desc(), found.c.id.desc()).limit(limit).subquery()
        return columns.join(last, last.c.id == delivery.c.id).order_by(*order)

    @property
    def _narrow(self) -> bool:
        """Whether an index other than the states' leads to what is meant."""
        leads = (self.id, self.address, self.event_id, self.digest, self.key, self.user, self.selection, self.cause)
        return any(each is not None for each in leads)

    def _beside_state(self) -> list[ColumnElement[bool]]:
        same = {
            delivery.c.id: self.id,
            delivery.c.target: self.target,
            delivery.c.address: self.address,
            delivery.c.event_id: self.event_id,
            delivery.c.reason: self.reason,
            delivery.c.key: self.key,
            delivery.c.user_id: self.user,
        }
        conditions = [column == value for column, value in same.items() if value is not None]
        for column, since, until in (
            (delivery.c.updated_at, self.since, self.until),
            (delivery.c.due_at, self.due_since, self.due_until),
        ):
            conditions += [column >= since] if since is not None else []
            conditions += [column < until] if until is not None else []
        if self.digest is not None:
            conditions += [delivery.c.digest_id == self.digest, delivery.c.event_id != self.digest]
        if self.kind is not None:
            conditions.append(below(delivery.c.kind, self.kind))
        if self.cause is not None:
            conditions.append(_begins_with(self.cause))
        if self.said is not None:
            conditions.append(delivery.c.reason.icontains(self.said, autoescape=True))
        if self.selection is not None:
            held = select(selected.c.delivery_id).where(selected.c.selection_id == self.selection)
            conditions.append(delivery.c.id.in_(held))
        return [*conditions, *(not_(other.condition) for other in self.without)]


def _begins_with(cause: str) -> ColumnElement[bool]:
    """Return what an index understands: fingerprints consist of digits up to f."""
    if len(cause) >= CAUSE_DIGITS:
        return delivery.c.cause == cause
    return and_(delivery.c.cause >= cause, delivery.c.cause < f"{cause}g")


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
