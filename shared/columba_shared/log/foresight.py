"""What would become of deliveries that are made to go again: asked before, and by the same words as they go."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, select, tuple_

from columba_shared.log import orders, screening
from columba_shared.log.brake import Brake
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.moderated import Meant
from columba_shared.log.orders import Orders
from columba_shared.log.reaching import reached
from columba_shared.log.relatives import relatives, subjects
from columba_shared.log.replacing import WITHDRAWN
from columba_shared.log.screening import FORGOTTEN, Addressee
from columba_shared.log.succession import overtaken_by
from columba_shared.log.tables import delivery, event
from columba_shared.log.tables import key as key_table
from columba_shared.state import State


class Stays(StrEnum):
    """Why a delivery does not go again."""

    DELIVERED = "delivered"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    REPLACED = "replaced"
    BRAKED = "braked"
    CHANGED = "changed"
    FORGOTTEN = "forgotten"
    OTHERWISE = "otherwise"
    PURGED = "purged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staying:
    """A delivery that does not go again, and why in words."""

    delivery_id: UUID
    why: Stays
    words: str
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """Which deliveries go again, in id order, and which do not."""

    going: Sequence[UUID]
    staying: Sequence[Staying]


_NEWER: Final = "something newer under its key"
_COLUMNS: Final = (
    *(delivery.c[name] for name in ("id", "event_id", "target", "kind", "address", "user_id", "key", "state")),
    delivery.c.revision,
    delivery.c.claim,
    func.coalesce(delivery.c.asked_at, delivery.c.created_at, type_=delivery.c.created_at.type).label("asked"),
    event.c.id.label("of_event"),
    event.c.producer,
    event.c.created_at.label("published_at"),
    event.c.category,
    event.c.expires_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unrecorded:
    """A delivery that the log does not know, as its row would be once it is recorded as dead."""

    id: UUID
    event_id: UUID
    target: str
    kind: str
    address: str
    user_id: str | None
    key: str | None
    asked: datetime
    of_event: UUID
    producer: str
    published_at: datetime
    category: str
    expires_at: datetime | None
    state: State = State.DEAD
    revision: int = 0
    claim: int = 0

    @classmethod
    def of(cls, entry: DeliveryEntry) -> "_Unrecorded":
        event_ = entry.event
        return cls(
            id=entry.id,
            event_id=event_.id,
            target=event_.target,
            kind=event_.kind,
            address=entry.address,
            user_id=entry.user,
            key=event_.key,
            asked=entry.asked,
            of_event=event_.id,
            producer=event_.producer,
            published_at=event_.created_at,
            category=event_.filed_under,
            expires_at=event_.expires_at,
        )


_Judged = Row[Any] | _Unrecorded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """What brakes look at of an event on record."""

    kind: str
    target: str
    producer: str
    created_at: datetime


def foresee(
    connection: Connection, meant: Sequence[Meant], *, states: AbstractSet[State], now: datetime, locked: bool = False
) -> Foreseen:
    """Tell which of these deliveries would go again now: those still in one of the states, wanted and worth it.

    With ``locked`` that holds until the transaction ends, if the caller began it with ``remembrance.begin``.
    """
    wanted = {each.delivery_id: each for each in meant}
    ids = sorted(wanted)
    if locked:
        connection.execute(
            select(delivery.c.id).where(delivery.c.id.in_(ids)).order_by(delivery.c.id).with_for_update()
        )
    return _foreseen(connection, wanted, _rows(connection, ids), states=states, now=now)


def foresee_unrecorded(connection: Connection, entries: Iterable[DeliveryEntry], *, now: datetime) -> Foreseen:
    """Tell which of these, that the log does not know, would go again once they are recorded as dead."""
    rows = {each.id: _Unrecorded.of(each) for each in entries}
    wanted = {key: Meant(delivery_id=key) for key in rows}
    return _foreseen(connection, wanted, rows, states=frozenset({State.DEAD}), now=now)


def _foreseen(
    connection: Connection,
    wanted: Mapping[UUID, Meant],
    rows: Mapping[UUID, _Judged],
    *,
    states: AbstractSet[State],
    now: datetime,
) -> Foreseen:
    judged, ids = _Judge.of(connection, list(rows.values()), states=states, now=now), sorted(wanted)
    staying = [each for key in ids if (each := judged.staying(wanted[key], rows.get(key))) is not None]
    stays = {each.delivery_id for each in staying}
    return Foreseen(going=[key for key in ids if key not in stays], staying=staying)


def _rows(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    of_event = and_(event.c.id == delivery.c.event_id, event.c.target == delivery.c.target)
    query = select(*_COLUMNS).select_from(delivery.outerjoin(event, of_event)).where(delivery.c.id.in_(ids))
    return {row.id: row for row in connection.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """All that has to be known about some deliveries to say of each whether it goes."""

    states: AbstractSet[State]
    now: datetime
    current: Orders
    unwanted: Mapping[UUID, str]
    replaced: Mapping[UUID, Staying]
    overtaken: Mapping[UUID, str]

    @classmethod
    def of(
        cls, connection: Connection, rows: Sequence[_Judged], *, states: AbstractSet[State], now: datetime
    ) -> "_Judge":
        current = orders.in_force(connection)
        return cls(
            states=states,
            now=now,
            current=current,
            unwanted=screening.unwanted(connection, [_addressee(row) for row in rows], current=current, now=now),
            replaced=_replaced(connection, rows),
            overtaken=_overtaken(connection, [row.id for row in rows if row.state in states]),
        )

    def staying(self, each: Meant, row: _Judged | None) -> Staying | None:
        """Return why a delivery stays; None: it goes."""
        if row is None:
            return Staying(delivery_id=each.delivery_id, why=Stays.PURGED, words="not in the log any more")
        if row.id in self.replaced and row.state in self.states:
            return self.replaced[row.id]
        why, words = self._why(each, row)
        return None if why is None else Staying(delivery_id=row.id, why=why, words=words, address=row.address)

    def _why(self, each: Meant, row: _Judged) -> tuple[Stays | None, str]:  # noqa: PLR0911 - one for each reason
        if row.state == State.SENT:
            return Stays.DELIVERED, "sent meanwhile"
        if row.state not in self.states:
            return Stays.OTHERWISE, row.state.replace("_", " ")
        if row.of_event is None:
            return Stays.PURGED, "its event is not in the log any more"
        if self.current.has_forgotten(row.address, row.asked):
            return Stays.FORGOTTEN, FORGOTTEN
        if not each.is_still(state=row.state, revision=row.revision, claim=row.claim):
            return Stays.CHANGED, "changed since it was selected"
        if row.id in self.overtaken:
            return Stays.DELIVERED, self.overtaken[row.id]
        if row.id in self.unwanted:
            return Stays.SUPPRESSED, self.unwanted[row.id]
        if row.expires_at is not None and row.expires_at <= self.now:
            return Stays.EXPIRED, f"expired at {row.expires_at.isoformat(timespec='seconds')}"
        brake = self._brake(row)
        return (None, "") if brake is None else (Stays.BRAKED, brake.reason)

    def _brake(self, row: _Judged) -> Brake | None:
        published = _Event(kind=row.kind, target=row.target, producer=row.producer, created_at=row.published_at)
        return next((each for each in self.current.brakes if each.extent.has(published, row.address)), None)


def _addressee(row: _Judged) -> Addressee:
    return Addressee(
        delivery_id=row.id,
        user=row.user_id,
        category=row.category or row.kind.partition(".")[0],
        target=row.target,
        address=row.address,
    )


def _overtaken(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return those of a chain whose person another target of it has reached."""
    found = subjects(connection, ids) if ids else []
    if not found:
        return {}
    family = relatives(connection, found)
    arrived = reached(connection, family.all)
    others = {each.id: overtaken_by(each, family.of(each), reached=arrived) for each in found}
    return {key: had.reason for key, had in others.items() if had is not None}


def _replaced(connection: Connection, rows: Sequence[_Judged]) -> dict[UUID, Staying]:
    """Return those whose key belongs to a newer event by now: delivered, if that one's to the same address was."""
    names = {row.id: (row.target, row.kind, row.key) for row in rows if row.key is not None}
    if not names:
        return {}
    columns = (key_table.c.target, key_table.c.kind, key_table.c.key)
    query = select(*columns, key_table.c.event_id).where(tuple_(*columns).in_(sorted(set(names.values()))))
    newest = {(row.target, row.kind, row.key): row.event_id for row in connection.execute(query)}
    older = [row for row in rows if row.id in names and newest.get(names[row.id], row.event_id) != row.event_id]
    sent = _sent(connection, {each for each in newest.values() if each is not None} if older else set())
    found = {}
    for row in older:
        successor = newest[names[row.id]]
        arrived = (successor, row.target, row.address) in sent
        words = WITHDRAWN if successor is None else f"{_NEWER} {'was sent' if arrived else 'takes its place'}"
        why = Stays.DELIVERED if arrived else Stays.REPLACED
        found[row.id] = Staying(delivery_id=row.id, why=why, words=words, address=row.address)
    return found


def _sent(connection: Connection, events: AbstractSet[UUID]) -> set[tuple[UUID, str, str]]:
    columns = (delivery.c.event_id, delivery.c.target, delivery.c.address)
    query = select(*columns).where(delivery.c.event_id.in_(sorted(events)), delivery.c.state == State.SENT)
    return {(row.event_id, row.target, row.address) for row in connection.execute(query)} if events else set()
