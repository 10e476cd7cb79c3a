"""What users do not want: kept, in force as of its commit, and carried out on what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from columba_shared.event import USER_PREFIX
from columba_shared.log import orders
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.bringing_back import BroughtBack, bring, of_event, worth_it
from columba_shared.log.moderated import PENDING
from columba_shared.log.screening import OPTED_OUT
from columba_shared.log.tables import delivery, event, optout
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a user does not want: a category, empty for everything; by a target, empty for by any."""

    user: str
    category: str = ""
    target: str = ""

    @property
    def reason(self) -> str:
        """What the deliveries say that it suppresses: the same, whoever finds them."""
        return f"{OPTED_OUT} of {self.category or 'everything'}" + (f" by {self.target}" if self.target else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A refusal on record."""

    refusal: Refusal
    who: str
    why: str | None
    at: datetime


def opt_out(connection: Connection, refusal: Refusal, author: Author, *, now: datetime) -> bool:
    """Put a refusal in force as of this transaction's commit, which must follow soon; False when it was.

    The transaction must hold nothing else: every claim waits for it.
    """
    orders.raise_generation(connection)
    if connection.scalar(select(optout.c.user_id).where(_is(refusal))) is not None:
        return False
    row = {"user_id": refusal.user, "category": refusal.category, "target": refusal.target}
    connection.execute(insert(optout), row | {"who": author.who, "why": author.why, "at": now})
    note(connection, [_act(refusal, author, Deed.OPTED_OUT, now)])
    return True


def opt_in(connection: Connection, refusal: Refusal, author: Author, *, now: datetime) -> bool:
    """Take a refusal back as of this transaction's commit; False when there was none."""
    orders.raise_generation(connection)
    if not connection.execute(delete(optout).where(_is(refusal))).rowcount:
        return False
    note(connection, [_act(refusal, author, Deed.OPTED_IN, now)])
    return True


def opted_out(connection: Connection, user: str) -> list[OptOut]:
    """Return what a user does not want."""
    query = select(optout).where(optout.c.user_id == user).order_by(optout.c.category, optout.c.target)
    return [
        OptOut(
            refusal=Refusal(user=row.user_id, category=row.category, target=row.target),
            who=row.who,
            why=row.why,
            at=row.at,
        )
        for row in connection.execute(query)
    ]


def refusals(connection: Connection, users: Sequence[str], *, category: str, target: str) -> dict[str, Refusal]:
    """Return for those of these users who do not want this category by this target what they refused."""
    about = (optout.c.category.in_(["", category]), optout.c.target.in_(["", target]))
    query = select(optout.c.user_id, optout.c.category, optout.c.target).where(optout.c.user_id.in_(users), *about)
    rows = connection.execute(query.order_by(optout.c.user_id, optout.c.category.desc(), optout.c.target.desc()))
    return {row.user_id: Refusal(user=row.user_id, category=row.category, target=row.target) for row in rows}


def suppress(connection: Connection, refusal: Refusal, author: Author, *, now: datetime, limit: int) -> int:
    """End a chunk of what waits and is not wanted; return how many that were, none when there are no more."""
    query = _theirs(refusal).where(delivery.c.state.in_(sorted(PENDING)))
    rows = connection.execute(query.order_by(delivery.c.id).limit(limit).with_for_update()).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    values = {"state": State.SUPPRESSED.value, "reason": refusal.reason, "handed_on": False, "updated_at": now}
    connection.execute(
        update(delivery).where(delivery.c.id.in_(ids)).values(**values, revision=delivery.c.revision + 1)
    )
    note(connection, [_act(refusal, author, Deed.OPTED_OUT, now, row) for row in rows])
    return len(ids)


def bring_back(connection: Connection, refusal: Refusal, author: Author, *, now: datetime, limit: int) -> BroughtBack:
    """Take back a chunk of what the refusal suppressed, as far as it is still worth it."""
    suppressed = (delivery.c.state == State.SUPPRESSED, delivery.c.reason == refusal.reason)
    query = _theirs(refusal).where(*suppressed, worth_it(now)).order_by(delivery.c.id).limit(limit)
    rows = connection.execute(query.with_for_update()).all()
    brought = bring(connection, [row.id for row in rows], now=now)
    note(connection, [_act(refusal, author, Deed.OPTED_IN, now, row) for row in rows])
    return brought


def _theirs(refusal: Refusal) -> Any:  # noqa: ANN401 - a query, typed by its columns
    """Return a query for a user's deliveries that a refusal is about."""
    mine = or_(delivery.c.user_id == refusal.user, delivery.c.address == f"{USER_PREFIX}{refusal.user}")
    query = select(delivery.c.id, delivery.c.event_id, delivery.c.state, delivery.c.reason).where(mine)
    if refusal.category:
        query = query.where(of_event(event.c.category == refusal.category))
    return query.where(delivery.c.target == refusal.target) if refusal.target else query


def _is(refusal: Refusal) -> ColumnElement[bool]:
    same = (optout.c.user_id == refusal.user, optout.c.category == refusal.category)
    return and_(*same, optout.c.target == refusal.target)


def _act(refusal: Refusal, author: Author, what: Deed, now: datetime, row: Any = None) -> Act:  # noqa: ANN401
    detail = {"user": refusal.user, "category": refusal.category, "target": refusal.target}
    if row is None:
        return Act(author=author, what=what, at=now, detail=detail)
    before = {"state": row.state, "reason": row.reason}
    return Act(author=author, what=what, at=now, delivery_id=row.id, event_id=row.event_id, detail=detail | before)
