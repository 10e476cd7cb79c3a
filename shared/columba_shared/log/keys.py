"""Keys: an event published under one replaces what still waits under it, and may put it off only so far."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, tuple_

from columba_shared.event import Event
from columba_shared.log import orders
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.holds import Hold, handed_down, held
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.replacing import Of, Written, ended_by, replaceable
from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import delivery
from columba_shared.log.tables import event as event_table
from columba_shared.log.tables import key as key_table
from columba_shared.state import State

_MOST_LOOKS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class KeyName:
    """What a key belongs to: the same words for another kind or target are another key."""

    target: str
    kind: str
    key: str

    @classmethod
    def of(cls, event: Event) -> "KeyName":
        """Return the name of the event's key, which it must have."""
        return cls(target=event.target, kind=event.kind, key=event.key or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A keyed event as it came, with its first deliveries."""

    event: EventEntry
    deliveries: Sequence[DeliveryEntry]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of a filing: when the key is due now, and whether nobody else wakes it by then.

    ``due_at`` is None when this filing changes nothing about that, or nothing waits any more. ``let_go_by`` is set when
    something that has waited for as long as it may was not replaced: what was due by then is to be sent on now.
    ``again`` says that the log knew the event already.
    """

    due_at: datetime | None = None
    needs_waking: bool = False
    let_go_by: datetime | None = None
    again: bool = False


class Recorder(Protocol):
    """The part of the log's writer that filing needs."""

    def record(self, connection: Connection, events: Sequence[EventEntry], deliveries: Sequence[DeliveryEntry]) -> None:
        """Write events and deliveries that are not there yet."""


def file(connection: Connection, recorder: Recorder, filings: Sequence[Filing]) -> list[Filed]:
    """Record keyed events in the order in which they came; return what became of each.

    An event that the log knows already changes nothing, however often it comes.
    """
    if not filings:
        return []
    orders.generation(connection)  # before any row, as everywhere
    by_key: dict[KeyName, list[int]] = {}
    for index, filing in enumerate(filings):
        by_key.setdefault(KeyName.of(filing.event.event), []).append(index)
    at = max(filing.at for filing in filings)
    chains = _locked(connection, sorted(by_key), at=at)
    known = _known(connection, filings)
    new = {name: _new(filings, by_key[name], known) for name in sorted(by_key)}
    touched = [chains[name] for name, places in new.items() if places]
    waiting = replaceable(connection, (_newest(chain) for chain in touched if chain.event_id is not None))
    answers = [Filed()] * len(filings)
    written = Written()
    for name, places in new.items():
        if places:
            found = waiting.get(_newest(chains[name]), ())
            newer = [filings[index] for index in places]
            answers[places[-1]] = _file_one(connection, written, name, chains[name], found, newer)
    written.put(connection, at)
    for name, places in new.items():
        again = [index for index in by_key[name] if _identity(filings[index]) in known]
        if again:
            place = places[-1] if places else again[-1]
            answer = answers[place] if places else _still(chains[name])
            answers[place] = _once_more(connection, name, answer, filings[again[-1]])
    recorder.record(connection, written.events, written.deliveries)
    fresh = {place for places in new.values() for place in places}
    return [each if place in fresh else replace(each, again=True) for place, each in enumerate(answers)]


def due_under(connection: Connection, names: Iterable[KeyName], *, by: datetime) -> list[StoredDelivery]:
    """Return the deliveries under these keys that are due and that nobody has claimed yet: what is to be sent on."""
    wanted = sorted(set(names))
    if not wanted:
        return []
    query = stored_columns().where(
        tuple_(delivery.c.target, delivery.c.kind, delivery.c.key).in_(_tuples(wanted)),
        delivery.c.state == State.SCHEDULED.value,
        delivery.c.claim == 0,
        delivery.c.due_at <= by,
    )
    return read(connection, query.order_by(delivery.c.id))


def survivor(connection: Connection, name: KeyName) -> UUID | None:
    """Return the newest event under the key; None when there is none, or it was withdrawn."""
    found: UUID | None = connection.scalar(select(key_table.c.event_id).where(_named([name])))
    return found


def _new(filings: Sequence[Filing], places: Sequence[int], known: AbstractSet[Of]) -> list[int]:
    """Return the places of those that the log does not know, each once, where it came first."""
    first: dict[Of, int] = {}
    for index in places:
        if _identity(filings[index]) not in known:
            first.setdefault(_identity(filings[index]), index)
    return list(first.values())


def _file_one(  # noqa: PLR0917 - what is there, and what comes
    connection: Connection,
    written: Written,
    name: KeyName,
    chain: Row[Any],
    found: Sequence[Row[Any]],
    new: Sequence[Filing],
) -> Filed:
    """Let each replace the one before; only the last is left to go out."""
    last, now = new[-1], new[-1].at
    waiting = [row for row in found if not _has_waited_enough(row, new[0].event.event, chain.first_at)]
    let_go_by = new[0].event.event.created_at if len(waiting) < len(found) else None
    hold = held(connection, waiting)
    first_at = chain.first_at if waiting else min(new[0].event.event.created_at, new[0].at)
    for older, newer in pairwise(new):
        written.add(older.event, [_absorbed(each, newer) for each in older.deliveries])
        hold = handed_down(hold, older.event.event, _due(older.event.event, first_at, now))
        first_at = first_at if not newer.event.event.withdraw else newer.at
    written.replace((row.id for row in waiting), new[0].event.event, now)
    hold = handed_down(hold, last.event.event, _due(last.event.event, first_at, now))
    due_at = _due(last.event.event, first_at, now) if hold is None else hold.until
    written.add(last.event, [_surviving(each, due_at, hold) for each in last.deliveries])
    withdrawn = last.event.event.withdraw
    event_id = None if withdrawn else last.event.event.id
    written.point((name.target, name.kind, name.key), event_id=event_id, first_at=first_at, due_at=due_at)
    if withdrawn:
        return Filed(let_go_by=let_go_by)
    woken_already = bool(waiting) and chain.due_at == due_at and last.event.event.created_at < due_at
    return Filed(due_at=due_at, needs_waking=not woken_already, let_go_by=let_go_by)


def _still(chain: Row[Any]) -> Filed:
    """Return what stands for an event that came again.

    The ledger may have died before it published the wake-up that this event asked for: it is asked for once more.
    """
    return Filed() if chain.event_id is None else Filed(due_at=chain.due_at)


def _once_more(connection: Connection, name: KeyName, filed: Filed, came_again: Filing) -> Filed:
    """Ask once more for all that may not have been done when an event came first.

    What was let go, and is not the newest by now, waits for nothing but that.
    """
    newest, due = survivor(connection, name), _latest_due(connection, name, by=came_again.at)
    own = due.pop(newest, filed.due_at) if newest is not None else None
    due_at = filed.due_at if filed.due_at is None or own is None else max(filed.due_at, own)
    let_go_by = filed.let_go_by or max(due.values(), default=None)
    return replace(filed, due_at=due_at, needs_waking=due_at is not None, let_go_by=let_go_by)


def _latest_due(connection: Connection, name: KeyName, *, by: datetime) -> dict[UUID, datetime]:
    """Return when the last delivery was due of each event that has some under the key which nobody has claimed."""
    columns = delivery.c
    query = select(columns.event_id, func.max(columns.due_at).label("due_at")).where(
        *(columns[field] == getattr(name, field) for field in ("target", "kind", "key")),
        columns.state == State.SCHEDULED.value,
        columns.claim == 0,
        columns.due_at <= by,
    )
    return {row.event_id: row.due_at for row in connection.execute(query.group_by(columns.event_id))}


def _due(event: Event, first_at: datetime, now: datetime) -> datetime:
    due = event.due_at or min(event.created_at, now)
    if event.max_wait_seconds is None:
        return due
    return min(due, max(first_at + timedelta(seconds=event.max_wait_seconds), min(event.created_at, now)))


def _absorbed(entry: DeliveryEntry, newer: Filing) -> DeliveryEntry:
    state, reason = ended_by(newer.event.event)
    return replace(entry, state=state, reason=reason, handed_on=False)


def _surviving(entry: DeliveryEntry, due_at: datetime, hold: Hold | None) -> DeliveryEntry:
    if hold is None:
        return replace(entry, due_at=due_at)
    event = msgspec.structs.replace(entry.event, hold=True, auto=hold.auto, four_eyes=hold.four_eyes)
    reason = entry.reason if entry.state is State.HELD else "held: what it replaces was held"
    return replace(entry, event=event, due_at=due_at, state=State.HELD, reason=reason)


def _has_waited_enough(row: Row[Any], newer: Event, first_at: datetime) -> bool:
    """Say whether it is due and has waited for as long as it may: put off on its last steps too, it would never arrive.

    What is not due yet, as somebody moved it or it had no longest wait, would come behind what is newer.
    """
    if newer.max_wait_seconds is None or newer.withdraw or row.state != State.SCHEDULED:
        return False
    enough: datetime = max(first_at + timedelta(seconds=newer.max_wait_seconds), row.due_at)
    return enough <= newer.created_at


def _locked(connection: Connection, names: Sequence[KeyName], *, at: datetime) -> Mapping[KeyName, Row[Any]]:
    """Return the keys' rows, made where they are missing, and locked in one order by everybody."""
    values = [
        {"target": name.target, "kind": name.kind, "key": name.key, "first_at": at, "due_at": at, "updated_at": at}
        for name in names
    ]
    columns = key_table.c
    query = select(key_table).where(_named(names)).order_by(columns.target, columns.kind, columns.key)
    found: dict[KeyName, Row[Any]] = {}
    for _ in range(_MOST_LOOKS):  # between the two, somebody may be forgotten, and a key with them
        connection.execute(insert_or_ignore(connection.dialect.name, key_table), values)
        rows = connection.execute(query.with_for_update())
        found = {KeyName(target=row.target, kind=row.kind, key=row.key): row for row in rows}
        if len(found) == len(names):
            break
    return found


def _known(connection: Connection, filings: Sequence[Filing]) -> set[Of]:
    ids = sorted({filing.event.event.id for filing in filings})
    query = select(event_table.c.id, event_table.c.target).where(event_table.c.id.in_(ids))
    return {(row.id, row.target) for row in connection.execute(query)} if ids else set()


def _identity(filing: Filing) -> Of:
    return filing.event.event.id, filing.event.event.target


def _newest(chain: Row[Any]) -> Of:
    return chain.event_id, chain.target


def _named(names: Sequence[KeyName]) -> ColumnElement[bool]:
    if len(names) == 1:
        (only,) = names
        return and_(key_table.c.target == only.target, key_table.c.kind == only.kind, key_table.c.key == only.key)
    return tuple_(key_table.c.target, key_table.c.kind, key_table.c.key).in_(_tuples(names))


def _tuples(names: Sequence[KeyName]) -> list[tuple[str, str, str]]:
    return [(name.target, name.kind, name.key) for name in names]
