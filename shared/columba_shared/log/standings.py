"""How a single delivery stands."""

from uuid import UUID

from sqlalchemy import Connection, select

from columba_shared.log import rows
from columba_shared.log.entries import Standing
from columba_shared.log.tables import delivery


def standing_of(connection: Connection, delivery_id: UUID) -> Standing | None:
    """Return how this delivery stands; None when the log does not know it."""
    row = connection.execute(select(*rows.STANDING).where(delivery.c.id == delivery_id)).one_or_none()
    return None if row is None else rows.standing(row)
