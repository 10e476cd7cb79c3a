"""Windows that have ended: held deliveries about which nobody decided in time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from columba_shared.event import Auto
from columba_shared.log.audit import Author, Deed
from columba_shared.log.deciding import Decision, change, choose
from columba_shared.log.moderated import Done, Meant, Why
from columba_shared.log.tables import DECIDING, delivery
from columba_shared.state import State

NOBODY: Final = Author(who="columba", why="nobody decided in time")
_DEEDS: Final = {Auto.APPROVE: Deed.APPROVED, Auto.CANCEL: Deed.CANCELLED}


def ended(connection: Connection, *, auto: Auto, by: datetime, limit: int) -> list[UUID]:
    """Return held deliveries whose window had ended by then, the oldest first."""
    query = select(delivery.c.id).where(DECIDING, delivery.c.auto == auto.value, delivery.c.due_at <= by)
    return list(connection.scalars(query.order_by(delivery.c.due_at).limit(limit)))


def next_end(connection: Connection) -> datetime | None:
    """Return when the first window ends; None when nobody has to decide about anything."""
    moment: datetime | None = connection.scalar(select(func.min(delivery.c.due_at)).where(DECIDING))
    return moment


def close(connection: Connection, ids: Sequence[UUID], auto: Auto, *, now: datetime) -> Done:
    """Do what was to follow when nobody decides, to those that are still held on these terms.

    What goes by itself was not asked for anew: orders that hold or cancel it still do.
    """
    decision = Decision(author=NOBODY, what=_DEEDS[auto], now=now)
    chosen = choose(
        connection,
        [Meant(delivery_id=key) for key in ids],
        allowed={State.HELD},
        judge=lambda row, _: None if row.auto == auto.value and row.due_at <= now else Why.CHANGED,
    )
    if auto is Auto.APPROVE:
        return change(connection, chosen, {"state": State.SCHEDULED.value, "reason": None, "auto": None}, decision)
    return change(connection, chosen, {"state": State.CANCELLED.value, "reason": decision.reason}, decision)
