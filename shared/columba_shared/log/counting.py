"""How many deliveries stand where, how long the oldest has waited, and what did not fit in anywhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, case, func, select

from columba_shared.event import Lane
from columba_shared.log.deaths import died
from columba_shared.log.selection import Selection
from columba_shared.log.tables import WAITING, attempt, delivery, malformed, outbox
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many deliveries of a target and lane are in one state."""

    target: str
    lane: Lane
    state: State
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How many deliveries of a target and kind are in one state."""

    target: str
    kind: str
    state: State
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """How many deliveries of a target and lane are due and not claimed, and since when the oldest."""

    target: str
    lane: Lane
    number: int
    oldest_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many deliveries of a target are in a state for one reason, and when that last happened."""

    target: str
    reason: str | None
    number: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxCount:
    """How much of the outbox waits for the relay, since when, and how much was set aside."""

    waiting: int
    oldest_at: datetime | None
    set_aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """An outbox row that the relay could not move, and why."""

    id: int
    event_id: UUID
    problem: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A message that could not be read as an event: where it went, why, and what it measured."""

    id: int
    target: str
    reason: str
    size: int
    sha256: str
    seen_at: datetime


def counts(connection: Connection, selection: Selection | None = None) -> list[Count]:
    """Return how many deliveries each target and lane has in each state."""
    columns = (delivery.c.target, delivery.c.lane, delivery.c.state)
    condition = () if selection is None else (selection.condition,)
    query = select(*columns, func.count().label("number")).where(*condition).group_by(*columns).order_by(*columns)
    return [
        Count(target=row.target, lane=Lane(row.lane), state=State(row.state), number=row.number)
        for row in connection.execute(query)
    ]


def groups(connection: Connection, selection: Selection) -> list[Group]:
    """Return how many of these deliveries each target and kind has in each state, the most first."""
    columns = (delivery.c.target, delivery.c.kind, delivery.c.state)
    number = func.count().label("number")
    query = select(*columns, number).where(selection.condition).group_by(*columns).order_by(number.desc(), *columns)
    return [
        Group(target=row.target, kind=row.kind, state=State(row.state), number=row.number)
        for row in connection.execute(query)
    ]


def overdue(connection: Connection, now: datetime) -> list[Overdue]:
    """Return, by target and lane, what is due by now and still waits to be claimed."""
    columns = (delivery.c.target, delivery.c.lane)
    query = (
        select(*columns, func.count().label("number"), func.min(delivery.c.due_at).label("oldest_due_at"))
        .where(WAITING, delivery.c.due_at <= now)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [
        Overdue(target=row.target, lane=Lane(row.lane), number=row.number, oldest_due_at=row.oldest_due_at)
        for row in connection.execute(query)
    ]


def reasons(connection: Connection, selection: Selection) -> list[ReasonCount]:
    """Group the selected deliveries by target and reason, the most frequent first."""
    columns = (delivery.c.target, delivery.c.reason)
    number, last_at = func.count().label("number"), func.max(delivery.c.updated_at).label("last_at")
    query = select(*columns, number, last_at).where(selection.condition).group_by(*columns)
    return [
        ReasonCount(target=row.target, reason=row.reason, number=row.number, last_at=row.last_at)
        for row in connection.execute(query.order_by(number.desc(), *columns))
    ]


def dead_since(connection: Connection, since: datetime, *, limit: int) -> int:
    """Return how many deliveries have died since then; no more are counted than the limit."""
    dead = select(delivery.c.id).where(died(), delivery.c.updated_at > since)
    return connection.scalar(select(func.count()).select_from(dead.limit(limit).subquery())) or 0


def outbox_count(connection: Connection) -> OutboxCount:
    """Return how the outbox in this database stands."""
    waits = outbox.c.problem.is_(None)
    query = select(_number(waits), func.min(case((waits, outbox.c.written_at))), _number(~waits))
    waiting, oldest_at, set_aside = connection.execute(query).one()
    return OutboxCount(waiting=waiting or 0, oldest_at=oldest_at, set_aside=set_aside or 0)


def set_asides(connection: Connection, *, limit: int) -> list[SetAside]:
    """Return the outbox rows that the relay set aside, oldest first."""
    columns = (outbox.c.id, outbox.c.event_id, outbox.c.problem, outbox.c.written_at)
    query = select(*columns).where(outbox.c.problem.is_not(None)).order_by(outbox.c.id).limit(limit)
    return [
        SetAside(id=row.id, event_id=row.event_id, problem=row.problem, written_at=row.written_at)
        for row in connection.execute(query)
    ]


def malformed_messages(connection: Connection, *, limit: int) -> list[Malformed]:
    """Return messages that could not be read, newest first."""
    query = select(malformed).order_by(malformed.c.id.desc()).limit(limit)
    return [
        Malformed(
            id=row.id,
            target=row.target,
            reason=row.reason,
            size=row.size,
            sha256=row.sha256,
            seen_at=row.seen_at,
        )
        for row in connection.execute(query)
    ]


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


def sent_by_account(connection: Connection, since: datetime) -> dict[str, int]:
    """Return how many were sent by each account since then, of those that had several to choose from."""
    sent = select(attempt.c.account, func.count().label("number")).select_from(
        delivery.join(attempt, attempt.c.delivery_id == delivery.c.id)
    )
    query = sent.where(
        delivery.c.state == State.SENT.value,
        delivery.c.updated_at > since,
        attempt.c.outcome == "sent",
        attempt.c.account.is_not(None),
    )
    return {row.account: row.number for row in connection.execute(query.group_by(attempt.c.account))}
