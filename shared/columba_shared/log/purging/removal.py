"""What a purge takes out, table by table, each in its own order, a few rows in a transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    Table,
    and_,
    any_,
    delete,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from columba_shared.log import blobs, moved, volumes
from columba_shared.log.purging.purged import Purged
from columba_shared.log.purging.wanted import BY_EVENT, Purge
from columba_shared.log.tables import (
    attempt,
    blob_use,
    bounce,
    brake,
    braked,
    delivery,
    digest,
    event,
    frozen,
    message,
    selected,
    selection,
)
from columba_shared.state import FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk in the order of time has got to."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one transaction has deleted, whether there may be more, and behind which place the next one goes on."""

    gone: Purged
    more: bool
    place: Any = None


_INSTANT: Final = timedelta(microseconds=1)

Removal = Callable[[Connection, int, Any], Taken]
"""Deletes at most so many rows, from a place on that it named: whoever began at the front again would read all that was
deleted. What a place is, each removal knows for itself."""


def removals(wanted: Purge) -> Iterator[Removal]:
    """Yield the removals of a purge, in their order."""
    yield _forget_moved
    yield partial(_take_deliveries, wanted)
    if wanted.states == FINAL:
        yield partial(_take_lonely_events, wanted)
    for name, (table, condition) in wanted.beside().items():
        yield partial(_take_rows, name, (table, condition))
    if wanted.everything:
        yield partial(_take_orphans, selected.c.selection_id, selection)
        yield partial(_take_orphans, braked.c.brake_id, brake)
        yield _take_idle_kinds
        yield partial(_take_found, blob_use, wanted.lost_uses)
    yield _take_unused_blobs


def _forget_moved(connection: Connection, limit: int, place: int | None) -> Taken:
    """Forget what the relay keeps until the log has it: once the log has it no more, it would be published again."""
    _, place = moved.forget_seen(connection, after=place or 0, limit=limit)
    return Taken(gone=Purged(), more=place is not None, place=place)


def _take_deliveries(wanted: Purge, connection: Connection, limit: int, place: datetime | None) -> Taken:
    """Take the oldest, whatever their state, with all that is theirs; an event follows its last delivery.

    All states together, since what was written together lies together: whoever takes state after state comes back to
    every page as often, and has it written anew each time.
    """
    moment = delivery.c.updated_at
    rest = wanted.over if place is None else and_(wanted.over, moment >= place)
    edge = connection.scalar(_edge(wanted, rest, limit))
    doomed = _hold(connection, rest if edge is None else and_(rest, moment < edge), limit)
    if edge is not None:
        doomed |= _hold(connection, and_(rest, moment == edge), limit - len(doomed))
    gone = _delete_whole(connection, doomed)
    # There may be more at the edge; if all of it is somebody else's now, it is left to the next time.
    return Taken(gone=gone, more=edge is not None, place=edge if doomed or edge is None else edge + _INSTANT)


def _hold(connection: Connection, which: ColumnElement[bool], limit: int) -> dict[UUID, UUID]:
    """Lock some of these deliveries; return each with its event."""
    held = connection.execute(_locked(select(delivery.c.id, delivery.c.event_id).where(which), limit))
    return {row.id: row.event_id for row in held}


def _edge(wanted: Purge, rest: ColumnElement[bool], limit: int) -> Select[Any]:
    """Ask when the last of so many ended; the index has them in that order state by state."""
    moment = delivery.c.updated_at
    oldest = [
        select(moment).where(rest, delivery.c.state == state).order_by(moment).limit(limit).subquery()
        for state in sorted(wanted.states)
    ]
    merged = union_all(*(select(each.c.updated_at) for each in oldest)).subquery()
    return select(merged.c.updated_at).order_by(merged.c.updated_at).offset(limit - 1).limit(1)


def _delete_whole(connection: Connection, doomed: dict[UUID, UUID]) -> Purged:
    """Delete these deliveries, each given with its event."""
    if not doomed:
        return Purged()
    ids = sorted(doomed)
    attempts = _delete(connection, attempt.c.delivery_id, ids)
    _delete(connection, frozen.c.delivery_id, ids)
    _delete(connection, braked.c.delivery_id, ids)
    _delete(connection, message.c.delivery_id, ids)
    _delete(connection, bounce.c.delivery_id, ids)
    _delete(connection, digest.c.delivery_id, ids)
    _delete(connection, delivery.c.id, ids)
    return Purged(deliveries=len(ids), attempts=attempts, events=_delete_lonely(connection, set(doomed.values())))


def _take_lonely_events(wanted: Purge, connection: Connection, limit: int, place: Place | None) -> Taken:
    """Take events that have no deliveries: those that withdrew others, and what a reopening left."""
    moment = event.c.recorded_at
    query = select(event.c.id, moment).where(wanted.old_events, _beyond(place, moment, event.c.id))
    seen = connection.execute(query.order_by(moment, event.c.id).limit(limit)).all()
    if not seen:
        return Taken(gone=Purged(), more=False)
    gone = Purged(events=_delete_lonely(connection, {row.id for row in seen}))
    return Taken(gone=gone, more=len(seen) == limit, place=Place(at=seen[-1].recorded_at, id=seen[-1].id))


def _take_rows(
    name: str, rows: tuple[Table, ColumnElement[bool]], connection: Connection, limit: int, place: Place | None
) -> Taken:
    del place
    gone = _delete_found(connection, *rows, limit)
    return Taken(gone=Purged(**{name: gone}), more=gone == limit)


def _take_orphans(
    holder: Column[Any], holders: Table, connection: Connection, limit: int, place: Place | None
) -> Taken:
    """Take what belonged to a row that has gone: the holder goes first, so that nobody acts on a half of what it held.

    ``holder`` is the column that names it.
    """
    del place
    gone = _delete_found(connection, holder.table, ~select(holders.c.id).where(holders.c.id == holder).exists(), limit)
    return Taken(gone=Purged(), more=gone == limit)


def _take_idle_kinds(connection: Connection, limit: int, place: None) -> Taken:
    del place
    return Taken(gone=Purged(), more=volumes.forget_idle(connection, most=limit) == limit)


def _take_found(table: Table, condition: ColumnElement[bool], connection: Connection, limit: int, place: None) -> Taken:
    """Take rows that nobody counts."""
    del place
    gone = _delete_found(connection, table, condition, limit)
    return Taken(gone=Purged(), more=gone == limit)


def _take_unused_blobs(connection: Connection, limit: int, place: str | None) -> Taken:
    some, place = blobs.candidates(connection, after=place or "", limit=limit)
    return Taken(gone=Purged(blobs=blobs.remove_unused(connection, some)), more=place is not None, place=place)


def _delete_found(connection: Connection, table: Table, condition: ColumnElement[bool], limit: int) -> int:
    keys = table.primary_key.columns
    found = connection.execute(_locked(select(*keys).where(condition), limit)).all()
    if found:
        connection.execute(delete(table).where(tuple_(*keys).in_([tuple(row) for row in found])))
    return len(found)


def _delete(connection: Connection, column: Column[Any], values: Sequence[UUID]) -> int:
    return connection.execute(delete(column.table).where(_among(connection, column, values))).rowcount


def _delete_lonely(connection: Connection, ids: set[UUID]) -> int:
    """Delete those of the events that have no deliveries.

    They are locked before that is asked, as a reopening locks the event to which it then adds some. What somebody has
    locked stays. Nothing else writes an event before its first delivery.
    """
    named = select(event.c.id).where(_among(connection, event.c.id, sorted(ids)))
    held = sorted(set(connection.scalars(named.with_for_update(skip_locked=True))))
    if not held:
        return 0
    # Asked apart, since MariaDB and MySQL lock what a deletion only looks at, and would wait for others there.
    lonely: dict[str, list[UUID]] = {}
    for row in connection.execute(which_lonely(_among(connection, event.c.id, held))):
        lonely.setdefault(row.target, []).append(row.id)
    gone = 0
    for target, some in lonely.items():
        gone += connection.execute(delete(event).where(_on(target, connection, event.c.id, some))).rowcount
        connection.execute(delete(blob_use).where(_on(target, connection, blob_use.c.event_id, some)))
    return gone


def _on(target: str, connection: Connection, column: Column[Any], ids: Sequence[UUID]) -> ColumnElement[bool]:
    """Say that a row is about one of these events on a target."""
    return and_(column.table.c.target == target, _among(connection, column, ids))


def _among(connection: Connection, column: Column[Any], values: Sequence[UUID]) -> ColumnElement[bool]:
    """Say that the column has one of these values: to PostgreSQL as one array, which spares it much reading."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(values, ARRAY(column.type)))
    return column.in_(values)


def of_event() -> ColumnElement[bool]:
    """Return what joins a delivery to its event."""
    return and_(delivery.c.event_id == event.c.id, delivery.c.target == event.c.target)


def has_deliveries() -> ColumnElement[bool]:
    """Say whether an event has any delivery."""
    return select(delivery.c.id).where(of_event()).exists()


def which_lonely(some: ColumnElement[bool]) -> Select[Any]:
    """Ask which of these events have no delivery."""
    return select(event.c.id, event.c.target).where(some, _first_delivery().is_(None))


def _first_delivery() -> ScalarSelect[Any]:
    """Return some delivery of an event, looked for by the event.

    Asked whether there is any, MariaDB and MySQL would read all deliveries for a few events; and their statistics may
    be from a time with few rows.
    """
    query = select(delivery.c.id).where(of_event()).limit(1)
    for dialect in ("mysql", "mariadb"):
        query = query.with_hint(delivery, BY_EVENT, dialect)
    return query.scalar_subquery()


def _beyond(place: Place | None, moment: Column[Any], key: Column[Any]) -> ColumnElement[bool]:
    """Return what lies behind the place; the first half is the one that an index understands."""
    if place is None:
        return true()
    return and_(moment >= place.at, or_(moment > place.at, key > place.id))


def _locked(query: Select[Any], limit: int) -> Select[Any]:
    return query.limit(limit).with_for_update(skip_locked=True)
