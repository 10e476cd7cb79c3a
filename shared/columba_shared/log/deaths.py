"""Deaths: the dead by when they died, whatever was done about them afterwards."""

from sqlalchemy import ColumnElement, and_, or_, select

from columba_shared.log.tables import attempt, delivery
from columba_shared.state import State


def died() -> ColumnElement[bool]:
    """Return the dead deliveries that died at their ``updated_at``: by an attempt, or recorded as dead to begin with.

    An amendment, a person's verdict or a dead letter that is published late touches a delivery, and is no second death.
    """
    fatal = select(attempt.c.claim).where(
        attempt.c.delivery_id == delivery.c.id, attempt.c.finished_at == delivery.c.updated_at
    )
    return and_(
        delivery.c.state == State.DEAD.value, or_(delivery.c.updated_at == delivery.c.created_at, fatal.exists())
    )
