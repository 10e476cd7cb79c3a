"""Deliveries that a person's wish had ended, brought back when it is taken back, on the terms that they had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from columba_shared.log import braked
from columba_shared.log.audit import Deed, acts_on
from columba_shared.log.deciding import going
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.tables import delivery, event
from columba_shared.log.tables import key as key_table
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtBack:
    """How many deliveries were taken back, and those of them, as they now stand, that need a copy on its way."""

    number: int = 0
    going: Sequence[StoredDelivery] = ()


_SUPPRESSING: Final = frozenset({Deed.OPTED_OUT, Deed.OPTED_IN, Deed.SUPPRESSED, Deed.UNSUPPRESSED})


def worth_it(now: datetime) -> ColumnElement[bool]:
    """Say in SQL that a suppressed delivery is still worth it.

    That is what is still to come, and what has an expiry that has not passed; of a key, the newest alone.
    """
    to_come = and_(of_event(event.c.expires_at.is_(None)), delivery.c.due_at > now)
    return and_(or_(to_come, of_event(event.c.expires_at > now)), or_(delivery.c.key.is_(None), _is_newest()))


def of_event(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say of a delivery's event what is said of events."""
    mine = (event.c.id == delivery.c.event_id, event.c.target == delivery.c.target)
    return select(event.c.id).where(*mine, condition).exists()


def bring(connection: Connection, ids: Sequence[UUID], *, now: datetime) -> BroughtBack:
    """Take back suppressed deliveries, whose rows the caller has locked, before it writes down that it did.

    They were not asked for anew: what was held is held again, and orders that hold or cancel them still do.
    """
    if not ids:
        return BroughtBack()
    counted = {"claim": delivery.c.claim + 1, "process_id": None, "token": None, "handed_on": False, "updated_at": now}
    values = {"state": State.SCHEDULED.value, "reason": None}
    held = _held_before(connection, ids)
    connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(**values, **counted))
    for key, reason in held.items():
        again = {"state": State.HELD.value, "reason": reason}
        connection.execute(update(delivery).where(delivery.c.id == key).values(**again))
    return BroughtBack(number=len(ids), going=going(connection, ids))


def _held_before(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Return those of these deliveries that people held when they were suppressed, and why: their last act says so."""
    by_brakes = braked.holding(connection, ids)  # they look at it again when it is claimed
    last = {act.delivery_id: act for act in acts_on(connection, ids) if act.what in _SUPPRESSING}
    return {
        key: act.detail.get("reason")
        for key, act in last.items()
        if key is not None and act.detail.get("state") == State.HELD and key not in by_brakes
    }


def _is_newest() -> ColumnElement[bool]:
    same = [key_table.c[name] == delivery.c[name] for name in ("target", "kind", "key", "event_id")]
    return select(key_table.c.event_id).where(*same).exists()
