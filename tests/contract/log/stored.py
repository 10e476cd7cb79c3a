"""What a test finds in the database, read past the code under test."""

from typing import Any
from uuid import UUID

from columba_shared.log.tables import attempt, delivery
from sqlalchemy import Engine, Row, Table, func, select


def count(log: Engine, table: Table) -> int:
    """Return how many rows a table has."""
    with log.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def delivery_row(log: Engine, delivery_id: UUID) -> Row[Any]:
    """Return a delivery's row, which must be there."""
    with log.connect() as connection:
        return connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one()


def attempt_rows(log: Engine, delivery_id: UUID) -> list[Row[Any]]:
    """Return a delivery's attempts, first to last."""
    query = select(attempt).where(attempt.c.delivery_id == delivery_id).order_by(attempt.c.claim)
    with log.connect() as connection:
        return list(connection.execute(query))
