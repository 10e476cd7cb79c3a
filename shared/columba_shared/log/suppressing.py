"""The suppression list carried out on what waits, a chunk at a time: ended when an address is on it, back when not.

Each chunk is a transaction that the caller owns; whoever is stopped half-way, or does it once more, takes up the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, true, update

from columba_shared.address import listings
from columba_shared.domain import BELOW, spellings
from columba_shared.event import GROUP_PREFIXES
from columba_shared.log import orders, suppressions
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.bringing_back import BroughtBack, bring, worth_it
from columba_shared.log.moderated import PENDING
from columba_shared.log.suppressions import SUPPRESSED, Suppression
from columba_shared.log.tables import delivery, event
from columba_shared.state import State

_MOST_NAMED: Final = 20
"""Of so many addresses the database finds the deliveries; of more, all that waits is looked at once."""
_COLUMNS: Final = tuple(delivery.c[name] for name in ("id", "event_id", "target", "address", "state", "reason"))
_PUBLISHED: Final = event.alias()
_FILED: Final = (*_COLUMNS, delivery.c.kind, _PUBLISHED.c.category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many of a chunk were ended, and where the next goes on; None: there is no next."""

    number: int
    last: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What of a chunk was brought back, and where the next goes on; None: there is no next."""

    brought: BroughtBack
    last: UUID | None


def about(addresses: Sequence[str]) -> ColumnElement[bool]:
    """Say in SQL which deliveries may be to these listed addresses: at least those that are, however they are spelt."""
    if len(addresses) > _MOST_NAMED or not all(each.isascii() for each in addresses):
        return true()
    words = sorted({word for each in addresses for word in _words(each)})
    return or_(*(func.lower(delivery.c.address).contains(each, autoescape=True) for each in words))


def end(
    connection: Connection,
    which: ColumnElement[bool],
    author: Author,
    *,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> Ended:
    """End those of the next that wait which the list stops."""
    query = _next(after, limit).where(delivery.c.state.in_(sorted(PENDING)), which)
    looked_at = connection.execute(query).all()
    stopped = _stopped(connection, looked_at, now)
    locked = select(*_COLUMNS).where(delivery.c.id.in_(sorted(stopped)), delivery.c.state.in_(sorted(PENDING)))
    rows = connection.execute(locked.order_by(delivery.c.id).with_for_update()).all() if stopped else []
    for row in rows:
        values = {"state": State.SUPPRESSED.value, "reason": stopped[row.id].reason, "handed_on": False}
        raised = {"revision": delivery.c.revision + 1, "updated_at": now}
        connection.execute(update(delivery).where(delivery.c.id == row.id).values(**values, **raised))
    note(connection, [_act(row, author, Deed.SUPPRESSED, now) for row in rows])
    return Ended(number=len(rows), last=_last(looked_at, limit))


def bring_back(
    connection: Connection, addresses: Sequence[str], author: Author, *, now: datetime, after: UUID | None, limit: int
) -> Back:
    """Bring back those of the next that the list had stopped for these addresses, and does not stop any more.

    As far as they are still worth it: still to come, or not expired.
    """
    ended = (delivery.c.state == State.SUPPRESSED, delivery.c.reason.startswith(SUPPRESSED))
    looked_at = connection.execute(_next(after, limit).where(*ended, worth_it(now), about(addresses))).all()
    theirs = [row for row in looked_at if not set(addresses).isdisjoint(listings(row.address))]
    stopped = _stopped(connection, theirs, now)
    wanted = [row.id for row in theirs if row.id not in stopped]
    locked = select(*_COLUMNS).where(delivery.c.id.in_(wanted), *ended).order_by(delivery.c.id)
    rows = connection.execute(locked.with_for_update()).all() if wanted else []
    brought = bring(connection, [row.id for row in rows], now=now)
    note(connection, [_act(row, author, Deed.UNSUPPRESSED, now) for row in rows])
    return Back(brought=brought, last=_last(looked_at, limit))


def _next(after: UUID | None, limit: int) -> Select[Any]:
    mine = (_PUBLISHED.c.id == delivery.c.event_id) & (_PUBLISHED.c.target == delivery.c.target)
    query = select(*_FILED).select_from(delivery.outerjoin(_PUBLISHED, mine)).order_by(delivery.c.id).limit(limit)
    return query if after is None else query.where(delivery.c.id > after)


def _last(rows: Sequence[Row[Any]], limit: int) -> UUID | None:
    return rows[-1].id if len(rows) == limit else None


def _stopped(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> dict[UUID, Suppression]:
    places = {
        row.id: (row.target, row.address, row.category or row.kind.partition(".")[0])
        for row in rows
        if not row.address.startswith(GROUP_PREFIXES)
    }
    secret = orders.secret(connection)
    found = suppressions.stopping(connection, places.values(), secret=secret, now=now)
    return {key: found[place] for key, place in places.items() if place in found}


def _words(listed: str) -> Iterable[str]:
    """Yield what stands in every spelling of an address that a list holds so, once it is in small letters."""
    local, at, domain = listed.rpartition("@")
    if not at or "://" in listed:
        return (listed,)
    if domain.startswith(BELOW):
        return [f".{each}" for each in spellings(domain.removeprefix(BELOW))]
    return [f"{local}@{each}" for each in spellings(domain)]


def _act(row: Row[Any], author: Author, what: Deed, now: datetime) -> Act:
    detail = {"state": row.state, "reason": row.reason, "address": row.address}
    return Act(author=author, what=what, at=now, delivery_id=row.id, event_id=row.event_id, detail=detail)
