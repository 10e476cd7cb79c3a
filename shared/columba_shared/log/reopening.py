"""Giving concluded deliveries another chance: dead ones, and on demand those in doubt."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, case, select, update

from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import delivery
from columba_shared.state import State

REOPENABLE: Final = frozenset({State.DEAD, State.IN_DOUBT})
ONLY_DEAD: Final = frozenset({State.DEAD})


def reopen(
    connection: Connection, ids: Sequence[UUID], *, now: datetime, states: AbstractSet[State] = ONLY_DEAD
) -> list[StoredDelivery]:
    """Make those of these deliveries due that are in one of the states, and return them as they then stand.

    Attempts are counted anew, those that were made stay on record, and no older copy can claim any more. Doing it twice
    reopens nothing twice. Raises ValueError for a state that is not to be reopened.
    """
    if not states <= REOPENABLE:
        raise ValueError(f"only {' and '.join(sorted(REOPENABLE))} deliveries can be reopened")
    wanted = sorted(set(ids))
    if not wanted:
        return []
    concluded = delivery.c.state.in_(sorted(states))
    locked = select(delivery.c.id).where(delivery.c.id.in_(wanted), concluded).order_by(delivery.c.id)
    reopened = list(connection.scalars(locked.with_for_update()))
    if not reopened:
        return []
    statement = update(delivery).where(delivery.c.id.in_(reopened))
    connection.execute(
        statement.values(
            state=case((delivery.c.state == State.DEAD, State.SCHEDULED.value), else_=State.RETRYING.value),
            reason=None,
            due_at=now,
            asked_at=now,
            claim=delivery.c.claim + 1,
            attempts=0,
            crashes=0,
            process_id=None,
            token=None,
            handed_on=False,
            suspect=False,
            updated_at=now,
        )
    )
    return read(connection, stored_columns().where(delivery.c.id.in_(reopened)).order_by(delivery.c.id))
