"""Giving concluded deliveries another chance: dead ones, and on demand those in doubt."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, case, select, update

from columba_shared.log import remembrance
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import delivery
from columba_shared.state import State

REOPENABLE: Final = frozenset({State.DEAD, State.IN_DOUBT})
ONLY_DEAD: Final = frozenset({State.DEAD})


def reopen(
    connection: Connection,
    ids: Sequence[UUID],
    *,
    now: datetime,
    states: AbstractSet[State] = ONLY_DEAD,
    author: Author | None = None,
    what: Deed = Deed.RETRIED,
) -> list[StoredDelivery]:
    """Make those of these deliveries due that are in one of the states, and return them as they then stand.

    Attempts are counted anew, those that were made stay on record, and no older copy can claim any more. Doing it twice
    reopens nothing twice. With an ``author`` it is written down that they did ``what``. Raises ValueError for a state
    that is not to be reopened.
    """
    if not states <= REOPENABLE:
        raise ValueError(f"only {' and '.join(sorted(REOPENABLE))} deliveries can be reopened")
    wanted = sorted(set(ids))
    if not wanted:
        return []
    concluded = delivery.c.state.in_(sorted(states))
    remembrance.begin(connection)
    before: Select[Any] = select(delivery.c.id, delivery.c.event_id, delivery.c.state, delivery.c.reason)
    locked = before.where(delivery.c.id.in_(wanted), concluded).order_by(delivery.c.id)
    rows = connection.execute(locked.with_for_update()).all()
    gone = remembrance.forgotten(connection, [row.id for row in rows])
    found = [row for row in rows if row.id not in gone]
    if not found:
        return []
    reopened = [row.id for row in found]
    if author is not None:
        note(connection, [_act(row, author, what, now) for row in found])
    connection.execute(_ANEW.where(delivery.c.id.in_(reopened)), {"b_now": now})
    return read(connection, stored_columns().where(delivery.c.id.in_(reopened)).order_by(delivery.c.id))


def _act(row: Row[Any], author: Author, what: Deed, now: datetime) -> Act:
    detail = {"state": row.state, "reason": row.reason}
    return Act(author=author, what=what, at=now, delivery_id=row.id, event_id=row.event_id, detail=detail)


_ANEW: Final = update(delivery).values(
    state=case((delivery.c.state == State.DEAD, State.SCHEDULED.value), else_=State.RETRYING.value),
    reason=None,
    cause=None,
    due_at=bindparam("b_now"),
    asked_at=bindparam("b_now"),
    claim=delivery.c.claim + 1,
    attempts=0,
    crashes=0,
    process_id=None,
    token=None,
    handed_on=False,
    suspect=False,
    updated_at=bindparam("b_now"),
)
