"""Whom nobody may remember: nothing makes a delivery to them go again, not even while it is still being forgotten."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, func, select

from columba_shared.log import orders
from columba_shared.log.deciding import Chosen
from columba_shared.log.moderated import Left, Why
from columba_shared.log.tables import delivery
from columba_shared.state import State


def begin(connection: Connection) -> None:
    """Keep anybody from being forgotten until this transaction ends; before any row is locked, as claims do it."""
    orders.generation(connection)


def forgotten(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of these deliveries that nobody may know of; ``begin`` came before."""
    current = orders.in_force(connection)
    if not current.tombstones or not ids:
        return set()
    asked_at = func.coalesce(delivery.c.asked_at, delivery.c.created_at, type_=delivery.c.created_at.type)
    query = select(delivery.c.id, delivery.c.address, asked_at.label("asked")).where(delivery.c.id.in_(ids))
    return {row.id for row in connection.execute(query) if current.has_forgotten(row.address, row.asked)}


def without_forgotten(connection: Connection, chosen: Chosen) -> Chosen:
    """Leave alone what is for somebody whom nobody may remember."""
    gone = forgotten(connection, chosen.ids)
    left = [
        Left(delivery_id=row.id, why=Why.FORGOTTEN, state=State(row.state)) for row in chosen.rows if row.id in gone
    ]
    return replace(chosen, rows=[row for row in chosen.rows if row.id not in gone], left=[*chosen.left, *left])
