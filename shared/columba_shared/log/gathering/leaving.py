"""Events that leave a digest before it is told: each alone, since none of them leads it."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, delete, exists, false, select, update

from columba_shared.log.moderated import AMENDABLE, PENDING, Meant, Why
from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import delivery, event, frozen
from columba_shared.state import CLAIMABLE, State

MOST_NAMED: Final = 500
"""So many deliveries are named by a statement: a digest for an audience has any number."""
_TOLD: Final = frozenset({State.SENDING, State.SENT, State.IN_DOUBT})
"""What a provider has of a digest, or may have."""

Against = Callable[[Row[Any], Meant], Why | None]


def unless_told(connection: Connection, meant: Sequence[Meant]) -> Against:
    """Lock the digests of those that are gathered; return what says why one of them cannot leave, None: it can.

    A digest that is being sent tells all that it has gathered; one that is dead tells what is left once it is retried.
    """
    ids = [each.delivery_id for each in meant]
    gathered = (delivery.c.id.in_(ids), delivery.c.state == State.GATHERED.value)
    digests = set(connection.scalars(select(delivery.c.digest_id).where(*gathered))) if ids else set()
    told = _told(connection, digests)
    columns = (delivery.c.id, delivery.c.event_id, delivery.c.state)
    own = select(*columns).where(delivery.c.event_id.in_(sorted(digests - told))).order_by(delivery.c.id)
    rows = connection.execute(own.with_for_update()).all() if digests - told else []
    told |= {row.event_id for row in rows if State(row.state) in _TOLD}
    waiting = {row.event_id for row in rows if State(row.state) in AMENDABLE}

    def against(row: Row[Any], each: Meant) -> Why | None:
        del each
        if row.state != State.GATHERED or (row.digest_id in waiting and row.digest_id not in told):
            return None
        return Why.TOO_LATE if row.digest_id in told else Why.OVER

    return against


def _told(connection: Connection, digests: AbstractSet[UUID]) -> set[UUID]:
    """Return which of these somebody was told, or is being told: of many whom one is for, the first that is found."""
    if not digests:
        return set()
    any_told = exists().where(delivery.c.event_id == event.c.id, delivery.c.state.in_(sorted(_TOLD)))
    return set(connection.scalars(select(event.c.id).where(event.c.id.in_(sorted(digests)), any_told)))


def retell(connection: Connection, digests: AbstractSet[UUID], *, now: datetime) -> list[StoredDelivery]:
    """Have these digests rendered anew, without what has left; return those of which a copy has to be on its way.

    Copies made before lose their claim, and words that were frozen, which tell it still, are dropped.
    """
    if not digests:
        return []
    own = (delivery.c.event_id.in_(sorted(digests)), delivery.c.state.in_(sorted(PENDING)))
    ids = list(connection.scalars(select(delivery.c.id).where(*own).order_by(delivery.c.id)))
    going: list[StoredDelivery] = []
    for start in range(0, len(ids), MOST_NAMED):
        going += _retold(connection, ids[start : start + MOST_NAMED], now)
    return going


def _retold(connection: Connection, ids: Sequence[UUID], now: datetime) -> list[StoredDelivery]:
    connection.execute(delete(frozen).where(frozen.c.delivery_id.in_(ids)))
    raised = {"revision": delivery.c.revision + 1, "handed_on": False, "frozen": false(), "updated_at": now}
    connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(raised))
    waiting = stored_columns().where(delivery.c.id.in_(ids), delivery.c.state.in_(sorted(CLAIMABLE)))
    return read(connection, waiting.order_by(delivery.c.id))
