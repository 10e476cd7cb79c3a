"""Which scheduled deliveries have a copy on its way, and which still need one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine, select, update

from columba_shared.log.tables import delivery
from columba_shared.state import State


def unoffered(engine: Engine, ids: Sequence[UUID]) -> list[UUID]:
    """Return those of these deliveries that wait for their first copy."""
    query = select(delivery.c.id).where(
        delivery.c.id.in_(ids),
        delivery.c.state == State.SCHEDULED.value,
        delivery.c.claim == 0,
        delivery.c.revision == 0,
        delivery.c.handed_on.is_(False),
    )
    with engine.connect().execution_options(reading=True) as connection:
        return list(connection.scalars(query))


def mark_offered(engine: Engine, ids: Sequence[UUID]) -> None:
    """Note that a first copy of these deliveries is on its way, for those that nobody has claimed meanwhile."""
    if not ids:
        return
    statement = (
        update(delivery)
        .where(delivery.c.id.in_(ids), delivery.c.claim == 0, delivery.c.revision == 0)
        .values(handed_on=True)
    )
    with engine.begin() as connection:
        connection.execute(statement)
