"""Deliveries that a provider took under an id of its own, and of which it says only later what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, or_, select

from columba_shared.log.tables import attempt, delivery
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A delivery that was sent, by the provider's id, and when."""

    delivery_id: UUID
    provider_id: str
    at: datetime


def taken(
    connection: Connection, target: str, *, since: datetime, until: datetime, after: Taken | None, limit: int
) -> Sequence[Taken]:
    """Return what was sent on a target in that time, the oldest first; ``after`` goes on behind one."""
    moment, key = delivery.c.updated_at, delivery.c.id
    query = (
        select(key, attempt.c.provider_id, moment)
        .join(attempt, and_(attempt.c.delivery_id == key, attempt.c.outcome == "sent"))
        .where(delivery.c.state == State.SENT.value, moment >= since, moment <= until)
        .where(delivery.c.target == target, attempt.c.provider_id.is_not(None))
        .order_by(moment, key)
        .limit(limit)
    )
    if after is not None:
        query = query.where(moment >= after.at, or_(moment > after.at, key > after.delivery_id))
    rows = connection.execute(query)
    return [Taken(delivery_id=row.id, provider_id=row.provider_id, at=row.updated_at) for row in rows]
