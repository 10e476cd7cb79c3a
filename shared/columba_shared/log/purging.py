"""Forgetting what is long over: concluded deliveries with their attempts and events, and what else piles up."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, delete, false, func, select, true, tuple_

from columba_shared.log.tables import (
    attempt,
    audit,
    cutoff,
    delivery,
    event,
    frozen,
    key,
    malformed,
    outbox,
    process,
    selected,
    selection,
)
from columba_shared.log.transacting import transact
from columba_shared.state import FINAL, State

CHUNK: Final = 1000
"""How many rows one transaction takes: short enough that a consumer hardly notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What is to go: deliveries in these final states to which nothing has happened since, of one target or of all.

    With neither states nor a target given, messages that could not be read, outbox rows that were set aside, processes
    that ended, keys under which nothing is left, and what people decided then go too: acts, standing orders and frozen
    selections.
    """

    before: datetime
    states: AbstractSet[State] = FINAL
    target: str | None = None

    def __post_init__(self) -> None:
        """Refuse to forget a delivery that is not over."""
        if not self.states <= FINAL:
            raise ValueError(f"only final states can be purged, not {', '.join(sorted(self.states - FINAL))}")

    @property
    def everything(self) -> bool:
        """Whether what belongs to no delivery goes too."""
        return self.target is None and self.states == FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many rows have gone, or would go."""

    deliveries: int = 0
    attempts: int = 0
    events: int = 0
    malformed: int = 0
    outbox: int = 0
    processes: int = 0
    acts: int = 0
    orders: int = 0
    selections: int = 0
    keys: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        """Return both together."""
        names = [field.name for field in fields(self)]
        return Purged(**{name: getattr(self, name) + getattr(other, name) for name in names})


def purge(engine: Engine, wanted: Purge, *, chunk: int = CHUNK) -> Iterator[Purged]:
    """Delete it in short transactions; yield after each how much has gone so far. It may be stopped at any point."""
    so_far = Purged()
    for step in _steps(wanted):
        while True:
            gone = transact(engine, partial(_take, step, chunk))
            if gone == Purged():
                break
            so_far += gone
            yield so_far


def _take(step: Callable[[Connection, int], Purged], chunk: int, connection: Connection) -> Purged:
    return step(connection, chunk)


def would_purge(connection: Connection, wanted: Purge) -> Purged:
    """Count what would go; changes nothing."""
    over = select(delivery.c.id).where(_over(wanted))
    kept = select(delivery.c.id).where(_of_event(), ~_over(wanted))
    beside = {name: _count(connection, table, condition) for name, (table, condition) in _beside(wanted).items()}
    return Purged(
        deliveries=_count(connection, delivery, _over(wanted)),
        attempts=_count(connection, attempt, attempt.c.delivery_id.in_(over)),
        events=_count(connection, event, and_(_old_event(wanted), ~kept.exists())),
        selections=_count(connection, selection, _old_selection(wanted)),
        keys=_count(connection, key, _old_key(wanted, but=_over(wanted))) if wanted.everything else 0,
        **beside,
    )


def _steps(wanted: Purge) -> Iterator[Callable[[Connection, int], Purged]]:
    for state in sorted(wanted.states):
        yield partial(_purge_deliveries, Purge(before=wanted.before, states={state}, target=wanted.target))
    yield partial(_purge_events, wanted)
    for name, (table, condition) in _beside(wanted).items():
        yield partial(_purge_beside, name, table, condition)
    if wanted.everything:
        yield partial(_purge_selection, wanted)
        yield partial(_purge_keys, wanted)


def _purge_deliveries(wanted: Purge, connection: Connection, chunk: int) -> Purged:
    columns = select(delivery.c.id, delivery.c.event_id, delivery.c.target)
    doomed = connection.execute(_locked(columns.where(_over(wanted)), chunk)).all()
    ids = [row.id for row in doomed]
    if not ids:
        return Purged()
    attempts = connection.execute(delete(attempt).where(attempt.c.delivery_id.in_(ids))).rowcount
    connection.execute(delete(frozen).where(frozen.c.delivery_id.in_(ids)))
    connection.execute(delete(delivery).where(delivery.c.id.in_(ids)))
    events = _delete_lonely(connection, {row.event_id for row in doomed})
    return Purged(deliveries=len(ids), attempts=attempts, events=events)


def _purge_events(wanted: Purge, connection: Connection, chunk: int) -> Purged:
    """Delete events that were left alone, as by a purge that was stopped."""
    lonely = select(event.c.id).where(_old_event(wanted), ~_has_deliveries())
    return Purged(events=_delete_lonely(connection, set(connection.scalars(_locked(lonely, chunk)))))


def _purge_beside(
    name: str, table: Table, condition: ColumnElement[bool], connection: Connection, chunk: int
) -> Purged:
    ids = list(connection.scalars(_locked(select(table.c.id).where(condition), chunk)))
    connection.execute(delete(table).where(table.c.id.in_(ids)))
    return Purged(**{name: len(ids)})


def _purge_selection(wanted: Purge, connection: Connection, chunk: int) -> Purged:
    """Delete the oldest selection, with all that it holds: nobody else touches that."""
    del chunk
    ids = list(connection.scalars(_locked(select(selection.c.id).where(_old_selection(wanted)), 1)))
    connection.execute(delete(selected).where(selected.c.selection_id.in_(ids)))
    connection.execute(delete(selection).where(selection.c.id.in_(ids)))
    return Purged(selections=len(ids))


def _purge_keys(wanted: Purge, connection: Connection, chunk: int) -> Purged:
    """Delete keys of which the newest event has gone; whoever publishes under one again begins anew."""
    names = connection.execute(_locked(select(*key.primary_key.columns).where(_old_key(wanted)), chunk)).all()
    if names:
        connection.execute(delete(key).where(tuple_(*key.primary_key.columns).in_([tuple(name) for name in names])))
    return Purged(keys=len(names))


def _beside(wanted: Purge) -> dict[str, tuple[Table, ColumnElement[bool]]]:
    """Return what belongs to no delivery; a process stays while a delivery under its lease is not settled."""
    if not wanted.everything:
        return {}
    leased = select(delivery.c.id).where(delivery.c.process_id == process.c.id, delivery.c.state == State.SENDING)
    return {
        "malformed": (malformed, malformed.c.seen_at < wanted.before),
        "outbox": (outbox, and_(outbox.c.problem.is_not(None), outbox.c.written_at < wanted.before)),
        "processes": (process, and_(process.c.ended_at < wanted.before, ~leased.exists())),
        "acts": (audit, audit.c.at < wanted.before),
        "orders": (cutoff, cutoff.c.before < wanted.before),
    }


def _over(wanted: Purge) -> ColumnElement[bool]:
    return and_(
        delivery.c.state.in_(sorted(wanted.states)),
        delivery.c.updated_at < wanted.before,
        true() if wanted.target is None else delivery.c.target == wanted.target,
    )


def _old_event(wanted: Purge) -> ColumnElement[bool]:
    of_target = true() if wanted.target is None else event.c.target == wanted.target
    return and_(event.c.recorded_at < wanted.before, of_target)


def _old_selection(wanted: Purge) -> ColumnElement[bool]:
    return selection.c.at < wanted.before if wanted.everything else false()


def _old_key(wanted: Purge, *, but: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """Say which keys go: those under which nothing is left, ``but`` for deliveries that are about to go."""
    left = select(delivery.c.id).where(delivery.c.event_id == key.c.event_id, delivery.c.target == key.c.target)
    return and_(key.c.updated_at < wanted.before, ~(left if but is None else left.where(~but)).exists())


def _of_event() -> ColumnElement[bool]:
    return and_(delivery.c.event_id == event.c.id, delivery.c.target == event.c.target)


def _has_deliveries() -> ColumnElement[bool]:
    return select(delivery.c.id).where(_of_event()).exists()


def _delete_lonely(connection: Connection, ids: set[UUID]) -> int:
    """Delete those of the events that have no deliveries: nothing writes an event before its first delivery."""
    statement = delete(event).where(event.c.id.in_(sorted(ids)), ~_has_deliveries())
    return connection.execute(statement).rowcount if ids else 0


def _locked(query: Select[Any], chunk: int) -> Select[Any]:
    return query.limit(chunk).with_for_update(skip_locked=True)


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
