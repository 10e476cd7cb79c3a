"""Brakes pulled, ended and listed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from columba_shared.log import orders
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.brake import Brake, Ending, Extent, brake_of
from columba_shared.log.tables import brake as brake_table
from columba_shared.log.tables import braked, delivery
from columba_shared.state import CLAIMABLE, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Braked:
    """A brake, and how many deliveries it holds."""

    brake: Brake
    held: int


def pull(connection: Connection, extent: Extent, author: Author, *, now: datetime, automatic: bool = False) -> Brake:
    """Pull a brake that is in force as of this transaction's commit, which must follow soon.

    The transaction must hold nothing else: every claim waits for it.
    """
    orders.raise_generation(connection)
    row = asdict(extent) | {"automatic": automatic, "who": author.who, "why": author.why, "at": now}
    key = connection.execute(insert(brake_table).values(row)).inserted_primary_key
    number: int = key[0] if key else 0
    note(connection, [Act(author=author, what=Deed.BRAKED, at=now, detail={"brake": number, **_said(extent)})])
    return Brake(id=number, extent=extent, automatic=automatic, who=author.who, why=author.why, at=now)


def end(connection: Connection, brake_id: int, ending: Ending, author: Author, *, now: datetime) -> Brake | None:
    """End a brake as of this transaction's commit, as above; of one that is over, only how what it still holds ends.

    None: there is no such brake.
    """
    orders.raise_generation(connection)
    row = connection.execute(select(brake_table).where(brake_table.c.id == brake_id).with_for_update()).one_or_none()
    if row is None:
        return None
    values: dict[str, Any] = {"ending": ending.value}
    if row.ended_at is None:
        values |= {"ended_at": now, "ended_by": author.who}
    if row.ended_at is None or row.ending != ending:
        connection.execute(update(brake_table).where(brake_table.c.id == brake_id).values(values))
        detail = {"brake": brake_id, "ending": ending.value}
        note(connection, [Act(author=author, what=Deed.UNBRAKED, at=now, detail=detail)])
    return find(connection, brake_id)


def find(connection: Connection, brake_id: int) -> Brake | None:
    """Return the brake of this number; None when there is none."""
    row = connection.execute(select(brake_table).where(brake_table.c.id == brake_id)).one_or_none()
    return None if row is None else brake_of(row)


def brakes(connection: Connection, *, over: bool = False) -> list[Braked]:
    """Return the brakes that are in force or still hold something, or, if ``over``, all; the oldest first."""
    held = _held(connection)
    query = select(brake_table).order_by(brake_table.c.id)
    if not over:
        query = query.where(or_(brake_table.c.ended_at.is_(None), brake_table.c.id.in_(sorted(held))))
    return [Braked(brake=brake_of(row), held=held.get(row.id, 0)) for row in connection.execute(query)]


def held_by(connection: Connection, brake_id: int) -> int:
    """Return how many deliveries a brake holds."""
    return _held(connection, brake_id).get(brake_id, 0)


def waiting(connection: Connection, extent: Extent) -> int:
    """Return how many deliveries on record wait that a brake of this extent would hold."""
    query = select(func.count()).select_from(delivery).where(delivery.c.state.in_(sorted(CLAIMABLE)), extent.condition)
    return connection.scalar(query) or 0


def _held(connection: Connection, brake_id: int | None = None) -> Mapping[int, int]:
    query = (
        select(braked.c.brake_id, func.count().label("number"))
        .join(delivery, delivery.c.id == braked.c.delivery_id)
        .where(braked.c.let_go_at.is_(None), delivery.c.state == State.HELD.value)
        .group_by(braked.c.brake_id)
    )
    narrowed = query if brake_id is None else query.where(braked.c.brake_id == brake_id)
    return {row.brake_id: row.number for row in connection.execute(narrowed)}


def _said(extent: Extent) -> dict[str, Any]:
    return {name: value for name, value in asdict(extent).items() if value is not None}
