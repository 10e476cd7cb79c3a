"""Which scheduled deliveries have a copy on its way, and which still need one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine, select, update

from columba_shared import wire
from columba_shared.event import Event
from columba_shared.log.engine import reading
from columba_shared.log.tables import delivery, event
from columba_shared.state import State


def unoffered(engine: Engine, ids: Sequence[UUID], *, said: Event) -> list[UUID]:
    """Return those of these deliveries, all of one event, that wait for their first copy.

    None when the log's event says something else by now than ``said``: then a copy is made from the log.
    """
    query = select(delivery.c.id).where(
        delivery.c.id.in_(ids),
        delivery.c.state == State.SCHEDULED.value,
        delivery.c.claim == 0,
        delivery.c.revision == 0,
        delivery.c.handed_on.is_(False),
    )
    with reading(engine) as connection:
        waiting = list(connection.scalars(query))
        body = connection.scalar(select(event.c.body).where(event.c.id == said.id, event.c.target == said.target))
    return waiting if body is None or wire.decode_kept(body).context == said.context else []


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
