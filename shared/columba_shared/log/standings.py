"""How deliveries stand."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from columba_shared.log import rows
from columba_shared.log.entries import Standing
from columba_shared.log.tables import delivery

_CHUNK: Final = 500


def standing_of(connection: Connection, delivery_id: UUID) -> Standing | None:
    """Return how this delivery stands; None when the log does not know it."""
    return standings_of(connection, [delivery_id]).get(delivery_id)


def standings_of(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Return how those of these deliveries stand that the log knows."""
    found: dict[UUID, Standing] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(*rows.STANDING).where(delivery.c.id.in_(ids[start : start + _CHUNK]))
        found |= {row.id: rows.standing(row) for row in connection.execute(query)}
    return found
