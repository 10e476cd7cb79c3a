"""Cut-offs given, and what the log already has of that which they stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from columba_shared.log import orders
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.kinds import below
from columba_shared.log.moderated import Meant
from columba_shared.log.orders import Action, Cutoff
from columba_shared.log.tables import delivery, event
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a cut-off can tell apart: an event, a kind (or, with ``.*`` at its end, all below it), a target."""

    event_id: UUID | None = None
    kind: str | None = None
    target: str | None = None


def order(connection: Connection, action: Action, reach: Reach, author: Author, *, now: datetime) -> Cutoff:
    """Stop everything within reach that was asked for until now, recorded or not, as of this transaction's commit.

    The transaction must hold nothing else: every claim waits for it.
    """
    given = Cutoff(
        action=action,
        before=now,
        who=author.who,
        why=author.why,
        at=now,
        event_id=reach.event_id,
        kind=reach.kind,
        target=reach.target,
    )
    detail = {"action": action.value, "kind": reach.kind, "target": reach.target, "before": now}
    note(connection, [Act(author=author, what=Deed.ORDERED, at=now, event_id=reach.event_id, detail=detail)])
    orders.give(connection, [given])
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a walk through one state, what was longest untouched first, has got to."""

    updated_at: datetime
    id: UUID


def stopped(
    connection: Connection, given: Cutoff, *, state: State, limit: int, after: Spot | None = None
) -> tuple[Sequence[Meant], Spot | None]:
    """Return recorded deliveries in one state that the cut-off stops, and where to go on; None: there are no more."""
    query = select(delivery.c.id, delivery.c.updated_at).where(delivery.c.state == state, *_within(given))
    if after is not None:
        query = query.where(_beyond(after))
    ordered = query.where(_asked_before(given)).order_by(delivery.c.updated_at, delivery.c.id)
    rows = connection.execute(ordered.limit(limit)).all()
    spot = Spot(updated_at=rows[-1].updated_at, id=rows[-1].id) if len(rows) == limit else None
    return [Meant(delivery_id=row.id) for row in rows], spot


def count(connection: Connection, given: Cutoff, *, state: State) -> int:
    """Return how many recorded deliveries in one state the cut-off is about."""
    query = select(func.count()).select_from(delivery)
    return connection.scalar(query.where(delivery.c.state == state, _asked_before(given), *_within(given))) or 0


def _asked_before(given: Cutoff) -> ColumnElement[bool]:
    """Repeat in SQL what ``Cutoff.stops`` asks of a copy."""
    mine = (event.c.id == delivery.c.event_id, event.c.target == delivery.c.target)
    published = select(event.c.id).where(*mine, event.c.created_at <= given.before).exists()
    first = delivery.c.asked_at.is_(None)
    return or_(and_(first, published if given.event_id is None else first), delivery.c.asked_at <= given.before)


def _beyond(spot: Spot) -> ColumnElement[bool]:
    """Say it twice: the first half is the one that an index understands."""
    younger = or_(delivery.c.updated_at > spot.updated_at, delivery.c.id > spot.id)
    return and_(delivery.c.updated_at >= spot.updated_at, younger)


def _within(given: Cutoff) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if given.event_id is not None:
        conditions.append(delivery.c.event_id == given.event_id)
    if given.target is not None:
        conditions.append(delivery.c.target == given.target)
    if given.kind is not None:
        conditions.append(below(delivery.c.kind, given.kind))
    return conditions
