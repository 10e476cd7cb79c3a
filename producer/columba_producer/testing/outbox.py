"""What a test finds in an outbox."""

from columba_shared.log import intake
from columba_shared.log.tables import outbox as table
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session


def taken_out(outbox: Engine | Connection | Session) -> list[bytes]:
    """Remove all events from an outbox, within the transaction if one is given; return their bytes in order."""
    if isinstance(outbox, Engine):
        with outbox.begin() as connection:
            return _taken_out(connection)
    return _taken_out(outbox.connection() if isinstance(outbox, Session) else outbox)


def _taken_out(connection: Connection) -> list[bytes]:
    rows = connection.execute(select(table.c.id, table.c.body).order_by(table.c.id)).all()
    intake.remove(connection, (row.id for row in rows))
    return [row.body for row in rows]
