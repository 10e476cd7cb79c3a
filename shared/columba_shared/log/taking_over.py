"""Marks of what was taken over from another system: no purge removes them, so that nothing is taken over again."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, select

from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.tables import taken_over


def marked(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Return which of these were ever taken over."""
    if not ids:
        return set()
    return set(connection.scalars(select(taken_over.c.id).where(taken_over.c.id.in_(ids))))


def mark(connection: Connection, ids: Collection[UUID]) -> None:
    """Note that these were taken over, in the transaction that does it; what is marked stays so."""
    if ids:
        rows = [{"id": each} for each in sorted(set(ids))]
        connection.execute(insert_or_ignore(connection.dialect.name, taken_over), rows)
