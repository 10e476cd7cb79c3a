"""What waits, by destination or kind and by age, and how fast it goes: the shape of a backlog and its end."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select, text, true

from columba_shared.event import Auto
from columba_shared.log.backlog import AGES, OLDER
from columba_shared.log.destinations import DOWN, DOWN_SINCE
from columba_shared.log.tables import DECIDING, WAITING, delivery, destination
from columba_shared.state import FINAL, State

WINDOW: Final = timedelta(minutes=5)
"""How far back it is looked how fast things go."""
STEP: Final = timedelta(minutes=10)
STEPS: Final = 6
LATER: Final = "later"
_DUE: Final = (*(age for age, length in AGES if length is not None), OLDER)
_SOON: Final = tuple(f"{number}" for number in range(STEPS))
_HELD: Final = "held"
_DONE: Final = sorted(FINAL - {State.CANCELLED, State.SUPERSEDED, State.GATHERED})
"""States to which consumers lead; what people or newer events ended tells nothing of how fast things go."""


@dataclass(slots=True, kw_only=True)
class Waiting:
    """What waits at one destination (of a target, empty: all of it) or of one kind.

    ``due`` counts by age what should have gone by now, ``coming`` what is due in each of the next six ten minutes and
    ``later`` what is due afterwards. ``went`` and ``came`` are how many were done with and how many fell due within the
    window.
    """

    target: str
    name: str
    due: dict[str, int] = field(default_factory=dict)
    oldest_due_at: datetime | None = None
    coming: list[int] = field(default_factory=lambda: [0] * STEPS)
    later: int = 0
    held: int = 0
    went: int = 0
    came: int = 0

    @property
    def number(self) -> int:
        """How many are due now."""
        return sum(self.due.values())

    @property
    def clears_in(self) -> timedelta | None:
        """How long until nothing of it is due, as things go; None: never, as things go."""
        if not self.number:
            return timedelta(0)
        return WINDOW * (self.number / (self.went - self.came)) if self.went > self.came else None

    @property
    def gone_in(self) -> timedelta | None:
        """How long until what is due now has gone, whatever comes behind it; None: nothing goes."""
        return WINDOW * (self.number / self.went) if self.went else None if self.number else timedelta(0)


def waiting(connection: Connection, now: datetime, *, by_kind: bool = False) -> list[Waiting]:
    """Return what waits and what went lately, the most due first."""
    name = delivery.c.kind if by_kind else destination_of(connection)
    _count_in_memory(connection)
    found: dict[tuple[str, str], Waiting] = {}
    for row in connection.execute(_standing(name, now)):
        _add(_of(found, row), row)
    for row in connection.execute(_done(name, now - WINDOW)):
        each = _of(found, row)
        each.went, each.came = row.number, each.came + row.fresh
    return sorted(found.values(), key=lambda each: (-each.number, -each.held, each.target, each.name))


def total(parts: list[Waiting]) -> Waiting:
    """Return all of them together."""
    whole = Waiting(target="", name="")
    for each in parts:
        for age, number in each.due.items():
            whole.due[age] = whole.due.get(age, 0) + number
        oldest = [moment for moment in (whole.oldest_due_at, each.oldest_due_at) if moment is not None]
        whole.oldest_due_at = min(oldest, default=None)
        whole.coming = [ours + theirs for ours, theirs in zip(whole.coming, each.coming, strict=True)]
        whole.later += each.later
        whole.held += each.held
        whole.went += each.went
        whole.came += each.came
    return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A destination that does not answer, or asked to be left alone, and what it said."""

    target: str
    name: str
    down_since: datetime | None
    shut_until: datetime | None
    reply: str | None


def closed(connection: Connection, now: datetime) -> list[Closed]:
    """Return the destinations to which nothing goes now."""
    columns = (destination.c.target, destination.c.name, DOWN_SINCE, destination.c.shut_until)
    query = select(*columns, destination.c.reply).where(or_(DOWN, destination.c.shut_until > now))
    return [
        Closed(
            target=row.target,
            name=row.name,
            down_since=row.is_down_since,
            shut_until=row.shut_until,
            reply=row.reply,
        )
        for row in connection.execute(query.order_by(destination.c.target, destination.c.name))
    ]


def windows(connection: Connection, now: datetime) -> int:
    """Return how many held deliveries go by themselves within the next hour, unless somebody decides."""
    query = select(func.count()).select_from(delivery).where(DECIDING, delivery.c.auto == Auto.APPROVE.value)
    return connection.scalar(query.where(delivery.c.due_at <= now + STEP * STEPS)) or 0


def destination_of(connection: Connection) -> ColumnElement[str]:
    """Return in SQL where a delivery goes: for mail the recipient's domain, else the target as a whole."""
    address = func.lower(delivery.c.address)
    up_to_at = func.length(func.rtrim(address, func.replace(address, "@", "")))
    domain = {
        "postgresql": func.reverse(func.split_part(func.reverse(address), "@", 1)),
        "sqlite": func.substr(address, up_to_at + 1),
    }.get(connection.dialect.name, func.substring_index(address, "@", -1))
    return case((and_(delivery.c.target == "email", delivery.c.address.contains("@")), domain), else_="")


def _count_in_memory(connection: Connection) -> None:
    """Give this transaction room: PostgreSQL takes every row for a destination, and would sort them all on disk."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL work_mem = '64MB'"))
        connection.execute(text("SET LOCAL jit = off"))


def _standing(name: ColumnElement[str], now: datetime) -> Select[Any]:
    """Count by when it is due what waits, and what is held."""
    due_at = delivery.c.due_at
    waits = select(delivery.c.target, name.label("name"), _when(now).label("bucket"), due_at).where(WAITING)
    held = select(delivery.c.target, name.label("name"), literal(_HELD).label("bucket"), due_at)
    rows = waits.union_all(held.where(delivery.c.state == State.HELD.value)).subquery()
    columns = (rows.c.target, rows.c.name, rows.c.bucket)
    fresh = func.sum(case((rows.c.due_at > literal(now - WINDOW, due_at.type), 1), else_=0))
    query = select(
        *columns, func.count().label("number"), func.min(rows.c.due_at).label("oldest"), fresh.label("fresh")
    )
    return query.group_by(*columns)


def _when(now: datetime) -> ColumnElement[str]:
    due_at = delivery.c.due_at
    moments = [
        *((_SOON[number], now + STEP * number) for number in reversed(range(STEPS))),
        *((age, now - length) for age, length in AGES if length is not None),
    ]
    later = (due_at > literal(now + STEP * STEPS, due_at.type), literal(LATER))
    bounds = [(due_at > literal(moment, due_at.type), literal(bucket)) for bucket, moment in moments]
    return case(later, *bounds, else_=literal(OLDER))


def _done(name: ColumnElement[str], since: datetime) -> Select[Any]:
    """Count what was done with since then, and how much of it fell due since then."""
    due_at = delivery.c.due_at
    rows = select(delivery.c.target, name.label("name"), due_at)
    rows = rows.where(delivery.c.state.in_(_DONE), delivery.c.updated_at > since)
    done = rows.subquery()
    fresh = func.sum(case((done.c.due_at > literal(since, due_at.type), 1), else_=0))
    columns = (done.c.target, done.c.name)
    return select(*columns, func.count().label("number"), fresh.label("fresh")).group_by(*columns)


def _of(found: dict[tuple[str, str], Waiting], row: Any) -> Waiting:  # noqa: ANN401 - a row of either query
    return found.setdefault((row.target, row.name), Waiting(target=row.target, name=row.name))


def _add(each: Waiting, row: Any) -> None:  # noqa: ANN401 - as above
    if row.bucket == _HELD:
        each.held += row.number
    elif row.bucket == LATER:
        each.later += row.number
    elif row.bucket in _SOON:
        each.coming[_SOON.index(row.bucket)] += row.number
    else:
        each.due[row.bucket] = row.number
        each.came += int(row.fresh)
        each.oldest_due_at = row.oldest if each.oldest_due_at is None else min(each.oldest_due_at, row.oldest)


def copied_by_target(connection: Connection, now: datetime) -> dict[str, int]:
    """Return of each target how many due deliveries have a copy on its way: they are in its queues, too."""
    copied = and_(WAITING, delivery.c.handed_on == true(), delivery.c.due_at <= now)
    query = select(delivery.c.target, func.count().label("number")).where(copied).group_by(delivery.c.target)
    return {row.target: row.number for row in connection.execute(query)}
