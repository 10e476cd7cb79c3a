"""What filings under many keys come to: read together and written together, so that a key more costs no statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select, tuple_, update

from columba_shared.event import Event
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.tables import delivery
from columba_shared.log.tables import key as key_table
from columba_shared.state import State

WITHDRAWN: Final = "withdrawn by the app"
REPLACEABLE: Final = frozenset({State.SCHEDULED, State.HELD, State.RETRYING})
_REPLACEABLE: Final = tuple(sorted(state.value for state in REPLACEABLE))
_CHUNK: Final = 500
_SEEN: Final = ("id", "event_id", "target", "state", "due_at", "auto", "four_eyes", "revision")

Of = tuple[UUID, str]
"""An event, and one of its targets."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch of filings comes to; ``put`` writes what is replaced and the keys, the rest is the caller's."""

    events: list[EventEntry] = field(default_factory=list)
    deliveries: list[DeliveryEntry] = field(default_factory=list)
    _replaced: list[dict[str, Any]] = field(default_factory=list)
    _keys: list[dict[str, Any]] = field(default_factory=list)

    def add(self, event: EventEntry, deliveries: Iterable[DeliveryEntry]) -> None:
        """Record an event with its deliveries."""
        self.events.append(event)
        self.deliveries.extend(deliveries)

    def replace(self, waiting: Iterable[UUID], newer: Event, at: datetime) -> None:
        """End what waits; its copies lose, since they name an older revision of something that is over."""
        state, reason = ended_by(newer)
        self._replaced.extend({"b_id": each, "state": state.value, "reason": reason, "at": at} for each in waiting)

    def point(self, name: tuple[str, str, str], *, event_id: UUID | None, first_at: datetime, due_at: datetime) -> None:
        """Have a key, its target, kind and text, name its newest event."""
        target, kind, text = name
        where = {"b_target": target, "b_kind": kind, "b_key": text}
        self._keys.append(where | {"event_id": event_id, "first_at": first_at, "due_at": due_at})

    def put(self, connection: Connection, at: datetime) -> None:
        """Write what is replaced, in id order, and the keys."""
        if self._replaced:
            connection.execute(_REPLACE, sorted(self._replaced, key=lambda each: each["b_id"]))
        if self._keys:
            connection.execute(_POINT, [each | {"at": at} for each in self._keys])


def ended_by(newer: Event) -> tuple[State, str]:
    """Return what becomes of what waits under a key when something newer comes, and why."""
    if newer.withdraw:
        return State.CANCELLED, WITHDRAWN
    return State.SUPERSEDED, f"superseded by {newer.id}"


def replaceable(connection: Connection, events: Iterable[Of]) -> Mapping[Of, Sequence[Row[Any]]]:
    """Return what of these events waits, locked in id order: nobody claims it while it is being replaced."""
    found: defaultdict[Of, list[Row[Any]]] = defaultdict(list)
    wanted = sorted(set(events))
    for start in range(0, len(wanted), _CHUNK):
        ours = tuple_(delivery.c.event_id, delivery.c.target).in_(wanted[start : start + _CHUNK])
        query = select(*(delivery.c[each] for each in _SEEN)).where(ours, delivery.c.state.in_(_REPLACEABLE))
        for row in connection.execute(query.order_by(delivery.c.id).with_for_update()):
            found[row.event_id, row.target].append(row)
    return found


# Those rows are locked, and were replaceable when they were.
_REPLACE: Final = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values(
        state=bindparam("state"),
        reason=bindparam("reason"),
        revision=delivery.c.revision + 1,
        handed_on=False,
        updated_at=bindparam("at"),
    )
)
_POINT: Final = (
    update(key_table)
    .where(
        key_table.c.target == bindparam("b_target"),
        key_table.c.kind == bindparam("b_kind"),
        key_table.c.key == bindparam("b_key"),
    )
    .values(
        event_id=bindparam("event_id"),
        first_at=bindparam("first_at"),
        due_at=bindparam("due_at"),
        updated_at=bindparam("at"),
    )
)
