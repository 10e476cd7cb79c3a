"""Which brake holds which deliveries, and what passes a brake since somebody approved it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Connection, delete, null, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite

from columba_shared.log.brake import Brake, Published, in_force
from columba_shared.log.tables import braked, delivery, event


class Waiting(Protocol):
    """A delivery that is about to be claimed, or would be."""

    @property
    def id(self) -> UUID:
        """Its id."""

    @property
    def event_id(self) -> UUID:
        """That of its event."""

    @property
    def event(self) -> Published:
        """What was published."""

    @property
    def address(self) -> str:
        """Whom it is for."""

    @property
    def asked_at(self) -> datetime | None:
        """When somebody made it go again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A delivery, and the brakes that hold it: at least one."""

    id: UUID
    event_id: UUID
    brakes: tuple[Brake, ...]


def stopped(connection: Connection, brakes: Sequence[Brake], deliveries: Iterable[Waiting]) -> list[Stop]:
    """Return which of these deliveries these brakes stop.

    One that was let go passes the brakes that held it, and so do the members of a group that was: until somebody asks
    for it anew, by a retry or a replay.
    """
    if not brakes:
        return []
    found = [
        (each, fitting)
        for each in deliveries
        if (fitting := tuple(one for one in brakes if one.extent.has(each.event, each.address)))
    ]
    passes = _passes(connection, [each for each, _ in found if each.asked_at is not None])
    stops = [
        Stop(
            id=each.id,
            event_id=each.event_id,
            brakes=tuple(one for one in fitting if (one.id, each.event_id, each.asked_at) not in passes),
        )
        for each, fitting in found
    ]
    return [each for each in stops if each.brakes]


def _passes(connection: Connection, deliveries: Sequence[Waiting]) -> set[tuple[Any, ...]]:
    """Return which brakes the deliveries of an event pass that were last asked for at a moment."""
    if not deliveries:
        return set()
    about = (
        braked.c.event_id.in_(sorted({each.event_id for each in deliveries})),
        braked.c.let_go_at.in_(sorted({each.asked_at for each in deliveries if each.asked_at is not None})),
    )
    columns = (braked.c.brake_id, braked.c.event_id, braked.c.let_go_at)
    return {tuple(row) for row in connection.execute(select(*columns).where(*about).distinct())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A delivery on record, as brakes look at it."""

    id: UUID
    event_id: UUID
    event: Any
    address: str
    asked_at: datetime | None


def recorded(connection: Connection, ids: Sequence[UUID]) -> list[Recorded]:
    """Return these deliveries as brakes look at them, in id order; without those whose event is not on record."""
    mine = (event.c.id == delivery.c.event_id) & (event.c.target == delivery.c.target)
    published = (event.c.kind, event.c.target, event.c.producer, event.c.created_at)
    columns = (delivery.c.id, delivery.c.event_id, delivery.c.address, delivery.c.asked_at)
    query = select(*columns, *published).join(event, mine).where(delivery.c.id.in_(ids)).order_by(delivery.c.id)
    return [
        Recorded(id=row.id, event_id=row.event_id, event=row, address=row.address, asked_at=row.asked_at)
        for row in connection.execute(query)
    ]


def expected(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Brake]:
    """Return the brake that will hold each of these deliveries, which wait, unless it is ended before."""
    brakes = in_force(connection)
    if not brakes or not ids:
        return {}
    return {each.id: each.brakes[0] for each in stopped(connection, brakes, recorded(connection, ids))}


def hold(connection: Connection, stops: Iterable[Stop], *, at: datetime) -> None:
    """Write down which brakes hold these deliveries, whose rows the caller has locked."""
    values = [
        {"brake_id": one.id, "delivery_id": each.id, "event_id": each.event_id, "at": at}
        for each in sorted(stops, key=lambda each: each.id)
        for one in each.brakes
    ]
    if values:
        connection.execute(_HOLD[connection.dialect.name], values)


def holding(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of these deliveries that, if they are held, are held by a brake and not by people."""
    query = select(braked.c.delivery_id).where(braked.c.delivery_id.in_(ids), braked.c.let_go_at.is_(None))
    return set(connection.scalars(query)) if ids else set()


def let_go(connection: Connection, ids: Sequence[UUID], *, at: datetime) -> None:
    """Let these deliveries, asked for now, pass the brakes that hold them, and those that they passed before."""
    if ids:
        connection.execute(update(braked).where(braked.c.delivery_id.in_(ids)).values(let_go_at=at))


def hand_over(connection: Connection, ids: Sequence[UUID]) -> None:
    """Let people hold these deliveries in the brakes' place: ending a brake lets none of them go."""
    if ids:
        connection.execute(delete(braked).where(braked.c.delivery_id.in_(ids), braked.c.let_go_at.is_(None)))


_KEYS: Final = ("brake_id", "delivery_id")
_SQLITE: Final = sqlite.insert(braked)
_POSTGRES: Final = postgresql.insert(braked)
_MYSQL: Final = mysql.insert(braked)
_HELD_ON_MYSQL: Final = _MYSQL.on_duplicate_key_update(at=_MYSQL.inserted.at, let_go_at=null())
_HOLD: Final = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=_KEYS, set_={"at": _SQLITE.excluded.at, "let_go_at": null()}
    ),
    "postgresql": _POSTGRES.on_conflict_do_update(
        index_elements=_KEYS, set_={"at": _POSTGRES.excluded.at, "let_go_at": null()}
    ),
    "mysql": _HELD_ON_MYSQL,
    "mariadb": _HELD_ON_MYSQL,
}
"""One that was let go, and asked for anew since, is held again."""
