"""Which deliveries lack a copy on its way, which lost theirs, and the note that one was sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)

from columba_shared.event import Lane
from columba_shared.log.causes import cause_of
from columba_shared.log.deaths import unless_dead
from columba_shared.log.entries import HandedOn
from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import UNBURIED, WAITING, delivery
from columba_shared.log.types import fitting
from columba_shared.state import CLAIMABLE, State

_CLAIMABLE: Final = tuple(sorted(state.value for state in CLAIMABLE))
_UNCOPIED: Final = and_(WAITING, delivery.c.handed_on == false())
_COPIED: Final = and_(WAITING, delivery.c.handed_on == true())
_STRAIGHT: Final = or_(and_(delivery.c.key.is_(None), delivery.c.digest_id.is_(None)), delivery.c.claim > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk through deliveries in due order has got to."""

    due_at: datetime
    id: UUID


def uncopied(
    connection: Connection,
    *,
    target: str,
    lane: Lane,
    due_by: datetime,
    limit: int,
    quiet_since: datetime | None = None,
    unread_since: datetime | None = None,
    after: Place | None = None,
) -> list[StoredDelivery]:
    """Return deliveries of which no copy is known to be on its way, those due first first.

    With ``quiet_since``, only those that nothing happened to since then: a younger one's copy may just be under way.
    With ``unread_since``, none that an event may replace or join which has waited to be read since then: no keyed one
    that nobody has tried yet and that was due since.
    """
    quiet = true() if quiet_since is None else delivery.c.updated_at <= quiet_since
    settled = true() if unread_since is None else or_(_STRAIGHT, delivery.c.due_at < unread_since)
    return read(connection, _walk(target, lane, due_by, limit, after).where(_UNCOPIED, quiet, settled))


def copied(
    connection: Connection,
    *,
    target: str,
    lane: Lane,
    due_by: datetime,
    quiet_since: datetime,
    limit: int,
    after: Place | None = None,
    by_ledger: bool = True,
) -> list[StoredDelivery]:
    """Return deliveries that are overdue although a copy of them was sent, a while ago.

    Without ``by_ledger``, only those whose copy goes straight to its target: no keyed one that nobody has tried yet.
    """
    straight = true() if by_ledger else _STRAIGHT
    quiet = delivery.c.updated_at <= quiet_since
    return read(connection, _walk(target, lane, due_by, limit, after).where(_COPIED, quiet, straight))


def sent_since(connection: Connection, *, target: str, lane: Lane, since: datetime, limit: int) -> int:
    """Return how many deliveries were sent since then; no more are counted than the limit."""
    sent = select(delivery.c.id).where(
        delivery.c.state == State.SENT.value,
        delivery.c.updated_at > since,
        delivery.c.target == target,
        delivery.c.lane == lane.value,
    )
    return connection.scalar(select(func.count()).select_from(sent.limit(limit).subquery())) or 0


def unburied(
    connection: Connection, *, quiet_since: datetime, limit: int, after: Place | None = None
) -> list[StoredDelivery]:
    """Return dead deliveries whose dead letter is not known to have been published."""
    query = stored_columns().where(UNBURIED, delivery.c.updated_at <= quiet_since)
    return read(connection, _in_due_order(query, limit, after))


def buried(connection: Connection, *, target: str, until: datetime, after: UUID | None, limit: int) -> list[UUID]:
    """Return dead deliveries, in id order, whose dead letter is taken to be there, since that moment at the latest."""
    there = (delivery.c.state == State.DEAD.value, delivery.c.handed_on == true(), delivery.c.updated_at <= until)
    query = select(delivery.c.id).where(*there, delivery.c.target == target)
    further = query if after is None else query.where(delivery.c.id > after)
    return list(connection.scalars(further.order_by(delivery.c.id).limit(limit)))


def unbury(connection: Connection, ids: Sequence[UUID]) -> int:
    """Note that the dead letters of these are not there, so that the reconciler publishes them; return how many."""
    dead = (delivery.c.id.in_(ids), delivery.c.state == State.DEAD.value)
    return connection.execute(update(delivery).where(*dead).values(handed_on=False)).rowcount


def mark_copied(connection: Connection, copied: Iterable[HandedOn], *, now: datetime) -> None:
    """Note that a copy is on its way for each delivery that is still at this claim number, with this schedule."""
    ordered = sorted(copied, key=lambda each: each.delivery_id)
    if ordered:
        connection.execute(_MARK, [_marked(each, now) for each in ordered])


def _marked(each: HandedOn, now: datetime) -> dict[str, object]:
    return {"b_id": each.delivery_id, "b_claim": each.claim, "b_revision": each.revision, "b_now": now}


def burial(delivery_id: UUID, *, claim: int, reason: str, now: datetime) -> Update:
    """Return the statement that ends a delivery which nobody can process, and of which the log needs no dead letter."""
    statement = update(delivery).where(
        delivery.c.id == delivery_id,
        delivery.c.claim == claim,
        delivery.c.state.in_((*_CLAIMABLE, State.DEAD.value)),
    )
    reason = fitting(reason)
    cause = cause_of(State.DEAD, reason)
    return statement.values(state=State.DEAD.value, reason=reason, cause=cause, handed_on=True, updated_at=now)


def still_waiting(connection: Connection, copied: Mapping[UUID, int]) -> set[UUID]:
    """Return which of these deliveries nobody has finished with since they were offered at this claim number."""
    if not copied:
        return set()
    query = select(delivery.c.id, delivery.c.claim, delivery.c.state).where(
        delivery.c.id.in_(list(copied)),
        or_(_COPIED, delivery.c.state == State.SENDING.value),
    )
    return {
        row.id for row in connection.execute(query) if row.state == State.SENDING.value or row.claim == copied[row.id]
    }


def next_due(connection: Connection, *, target: str, lane: Lane) -> datetime | None:
    """Return when the first delivery without a copy is due; None when there is none."""
    query = select(func.min(delivery.c.due_at)).where(delivery.c.target == target, delivery.c.lane == lane.value)
    moment: datetime | None = connection.scalar(query.where(_UNCOPIED))
    return moment


def forget_copies(connection: Connection) -> int:
    """Turn every delivery that was offered to a process that died into a suspect without a copy; return how many."""
    statement = update(delivery).where(_COPIED).values(handed_on=False, suspect=True)
    return connection.execute(statement).rowcount


def _walk(target: str, lane: Lane, due_by: datetime, limit: int, after: Place | None) -> Select[Any]:
    query = stored_columns().where(
        delivery.c.target == target, delivery.c.lane == lane.value, delivery.c.due_at <= due_by
    )
    return _in_due_order(query, limit, after)


def _in_due_order(query: Select[Any], limit: int, after: Place | None) -> Select[Any]:
    further = query if after is None else query.where(_beyond(after))
    return further.order_by(delivery.c.due_at, delivery.c.id).limit(limit)


def _beyond(place: Place) -> ColumnElement[bool]:
    there = tuple_(literal(place.due_at, delivery.c.due_at.type), literal(place.id, delivery.c.id.type))
    return tuple_(delivery.c.due_at, delivery.c.id) > there


def place_of(rows: Iterable[StoredDelivery]) -> Place | None:
    """Return where a walk that has seen these rows goes on; None when it has seen none."""
    last = None
    for last in rows:  # noqa: B007 - the last one is what is wanted
        pass
    return None if last is None else Place(due_at=last.due_at, id=last.id)


_MARK: Final = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("b_id"),
        delivery.c.claim == bindparam("b_claim"),
        delivery.c.revision == bindparam("b_revision"),
    )
    .values(handed_on=True, updated_at=unless_dead(bindparam("b_now", type_=delivery.c.updated_at.type)))
)
