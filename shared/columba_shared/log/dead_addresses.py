"""Addresses of which a provider said that nobody is there: taken out of use for everybody who has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select, true, tuple_, update

from columba_shared.log import orders
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.tables import address
from columba_shared.log.types import MAX_TEXT

WHO: Final = "columba"
"""Who is on record as having taken them out of use; why is what the provider said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadAddress:
    """An address on a target, and what the provider said of it."""

    target: str
    address: str
    reason: str
    at: datetime


def take_out_of_use(connection: Connection, dead: Sequence[DeadAddress]) -> int:
    """Take these addresses out of use for every user who has them, and write it down; return how many entries that are.

    As of the commit, which must follow soon, no delivery to them of such a user's is claimed. Claims have to wait for
    it, so that nobody makes them wait for what the book does not have, or has out of use already.
    """
    by_place = {(each.target, each.address): each for each in dead}
    active = _ACTIVE.where(tuple_(address.c.target, address.c.address).in_(list(by_place)))
    if not by_place or connection.execute(active.limit(1)).first() is None:
        return 0
    orders.raise_generation(connection)
    rows = connection.execute(active.order_by(*_KEY).with_for_update()).all()
    for row in rows:
        told = by_place[row.target, row.address]
        mine = (address.c.user_id == row.user_id, address.c.target == row.target, address.c.address == row.address)
        values = {"active": False, "reason": told.reason[:MAX_TEXT], "updated_at": told.at}
        connection.execute(update(address).where(*mine).values(values))
    note(connection, [_act(row, by_place[row.target, row.address]) for row in rows])
    return len(rows)


def _act(row: Row[Any], told: DeadAddress) -> Act:
    detail = {"user": row.user_id, "target": row.target, "address": row.address}
    author = Author(who=WHO, why=told.reason)
    return Act(author=author, what=Deed.DEACTIVATED, at=told.at, detail=detail)


_KEY: Final = (address.c.user_id, address.c.target, address.c.address)
_ACTIVE: Final[Select[Any]] = select(*_KEY).where(address.c.active == true())
