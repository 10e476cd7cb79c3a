"""Deaths: the dead by when they died, whatever was done about them afterwards."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, case, literal, or_, select

from columba_shared.log.tables import attempt, delivery
from columba_shared.state import State


def died() -> ColumnElement[bool]:
    """Return the dead deliveries that died at their ``updated_at``: by an attempt, or recorded as dead to begin with.

    A person's verdict touches a delivery, and is no second death.
    """
    fatal = select(attempt.c.claim).where(
        attempt.c.delivery_id == delivery.c.id, attempt.c.finished_at == delivery.c.updated_at
    )
    return and_(
        delivery.c.state == State.DEAD.value, or_(delivery.c.updated_at == delivery.c.created_at, fatal.exists())
    )


def unless_dead(now: datetime | BindParameter[datetime]) -> ColumnElement[datetime]:
    """Return what ``updated_at`` becomes by a change that leaves a delivery's state alone: the dead died when they did.

    By that moment `columba dead` tells since when there are failures, and a purge how old they are.
    """
    moment = literal(now, delivery.c.updated_at.type) if isinstance(now, datetime) else now
    return case((delivery.c.state == State.DEAD.value, delivery.c.updated_at), else_=moment)
