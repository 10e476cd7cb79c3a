"""Volumes: how many events of each kind there were in each hour, and how many deliveries were sent or died of it.

They are counted from what is on record, once, a stretch of time after the other. Who counts holds the mark up to which
it was done, so that any number may. What is committed later than its stretch is counted, for whatever reason, is not
in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, delete, func, select, tuple_, update

from columba_shared.log.deaths import died
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.tables import counted, course, delivery, event, volume
from columba_shared.state import State

HOUR: Final = timedelta(hours=1)
MEMORY: Final = timedelta(days=35)
"""So far back volumes are known: a month's end is usual."""
LAST: Final = 200
"""Of about so many outcomes it is known how the last ones were."""


class What(StrEnum):
    """What is counted."""

    EVENTS = "events"
    OUTCOMES = "outcomes"


@dataclass(frozen=True, slots=True)
class _Line:
    """What is counted along an index: where, by which moment, and as which column of a volume."""

    moment: Column[Any]
    target: Column[Any]
    kind: Column[Any]
    counts_as: str
    condition: ColumnElement[bool] | None = None

    def between(self, begin: datetime, end: datetime) -> list[ColumnElement[bool]]:
        narrowed = [] if self.condition is None else [self.condition]
        return [*narrowed, self.moment >= begin, self.moment < end]


_LINES: Final = {
    What.EVENTS: (_Line(event.c.recorded_at, event.c.target, event.c.kind, "asked"),),
    What.OUTCOMES: (
        _Line(delivery.c.updated_at, delivery.c.target, delivery.c.kind, "sent", delivery.c.state == State.SENT.value),
        _Line(delivery.c.updated_at, delivery.c.target, delivery.c.kind, "failed", died()),
    ),
}
_Counts = dict[tuple[str, str], dict[str, int]]
"""By target and kind."""


def hour_of(moment: datetime) -> datetime:
    """Return when the hour began."""
    return moment.replace(minute=0, second=0, microsecond=0)


def left(connection: Connection, what: What, *, until: datetime) -> bool:
    """Say whether there is anything to count that happened before then."""
    begin = connection.scalar(select(counted.c.until).where(counted.c.what == what.value)) or until - MEMORY
    return _first(connection, what, begin, until) is not None


def count(connection: Connection, what: What, *, until: datetime, most: int) -> None:
    """Count the next stretch of what happened before then: no more than an hour, and about as many as ``most``."""
    begin = _mark(connection, what, until)
    first = _first(connection, what, begin, until)
    if first is None:
        return
    end = _end(connection, what, first, min(until, hour_of(first) + HOUR), most)
    _add(connection, what, hour_of(first), _counts(connection, what, first, end))
    connection.execute(update(counted).where(counted.c.what == what.value).values(until=end))


def forget(connection: Connection, *, before: datetime, most: int) -> int:
    """Delete some of the volumes of hours before then; return how many."""
    keys = (volume.c.target, volume.c.kind, volume.c.hour)
    old = connection.execute(select(*keys).where(volume.c.hour < before).order_by(volume.c.hour).limit(most)).all()
    if old:
        connection.execute(delete(volume).where(tuple_(*keys).in_([tuple(row) for row in old])))
    return len(old)


def forget_idle(connection: Connection, *, most: int) -> int:
    """Delete what is known of some kinds of which there are no volumes left: they begin anew. Return how many.

    Whoever counts waits meanwhile: what it has just begun to count is not idle.
    """
    connection.execute(select(counted.c.what).order_by(counted.c.what).with_for_update())
    keys = (course.c.target, course.c.kind)
    left = select(volume.c.hour).where(volume.c.target == course.c.target, volume.c.kind == course.c.kind)
    idle = connection.execute(select(*keys).where(~left.exists()).limit(most)).all()
    if idle:
        connection.execute(delete(course).where(tuple_(*keys).in_([tuple(row) for row in idle])))
    return len(idle)


def _mark(connection: Connection, what: What, until: datetime) -> datetime:
    """Return up to when this has been counted; whoever else would count it waits."""
    new = {"what": what.value, "until": until - MEMORY}
    connection.execute(insert_or_ignore(connection.dialect.name, counted), new)
    query = select(counted.c.until).where(counted.c.what == what.value).with_for_update()
    mark: datetime = connection.execute(query).scalar_one()
    return mark


def _first(connection: Connection, what: What, begin: datetime, until: datetime) -> datetime | None:
    """Return when the first of it happened."""
    found = [
        connection.scalar(select(func.min(line.moment)).where(*line.between(begin, until))) for line in _LINES[what]
    ]
    return min((moment for moment in found if moment is not None), default=None)


def _end(connection: Connection, what: What, begin: datetime, end: datetime, most: int) -> datetime:
    """Return where the stretch ends: earlier than it could if there is much in it."""
    for line in _LINES[what]:
        beyond = select(line.moment).where(*line.between(begin, end)).order_by(line.moment).offset(most).limit(1)
        moment: datetime | None = connection.scalar(beyond)
        end = end if moment is None else min(end, moment)
    return max(end, begin + timedelta(microseconds=1))


def _counts(connection: Connection, what: What, begin: datetime, end: datetime) -> _Counts:
    counts: _Counts = {}
    for line in _LINES[what]:
        columns = (line.target.label("target"), line.kind.label("kind"))
        query = select(*columns, func.count().label("number")).where(*line.between(begin, end)).group_by(*columns)
        for row in connection.execute(query):
            counts.setdefault((row.target, row.kind), {})[line.counts_as] = row.number
    return counts


def _add(connection: Connection, what: What, hour: datetime, counts: _Counts) -> None:
    names = [{"target": target, "kind": kind} for target, kind in sorted(counts)]
    if not names:
        return
    none = {"asked": 0, "sent": 0, "failed": 0}
    dialect = connection.dialect.name
    connection.execute(insert_or_ignore(dialect, volume), [name | none | {"hour": hour} for name in names])
    connection.execute(
        insert_or_ignore(dialect, course), [name | {"since": hour, "sent": 0, "failed": 0} for name in names]
    )
    for (target, kind), numbers in sorted(counts.items()):
        mine = (volume.c.target == target, volume.c.kind == kind, volume.c.hour == hour)
        more = {volume.c[name]: volume.c[name] + number for name, number in numbers.items()}
        connection.execute(update(volume).where(*mine).values(more))
        if what is What.OUTCOMES:
            _remember(connection, target, kind, numbers)


def _remember(connection: Connection, target: str, kind: str, numbers: Mapping[str, int]) -> None:
    """Let the newest outcomes take the place of older ones, so that about the last ones are known."""
    mine = (course.c.target == target, course.c.kind == kind)
    row = connection.execute(select(course.c.sent, course.c.failed).where(*mine)).one()
    sent, failed = numbers.get("sent", 0), numbers.get("failed", 0)
    fresh = min(1.0, LAST / (sent + failed))
    room = LAST - fresh * (sent + failed)
    kept = min(1.0, room / (row.sent + row.failed)) if row.sent + row.failed else 0.0
    values = {"sent": kept * row.sent + fresh * sent, "failed": kept * row.failed + fresh * failed}
    connection.execute(update(course).where(*mine).values(values))
