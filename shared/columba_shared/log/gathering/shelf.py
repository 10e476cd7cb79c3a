"""The digests that are open, as a transaction finds them, changes them and puts them back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Connection, Row, Select, bindparam, delete, select, tuple_, update

from columba_shared.event import Event
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.gathering.open_digest import OpenDigest, name_of
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.replacing import WITHDRAWN
from columba_shared.log.tables import delivery, digest
from columba_shared.state import State
from columba_shared.topology import LONGEST

MOST_NAMED: Final = 500
"""So many rows are named by a statement: any number of digests may be open under a key that is withdrawn."""
_MOST_LOOKS: Final = 5
_ROW: Final = ("id", "state", "claim", "frozen", "due_at", "asked_at", "handed_on", "updated_at")
_KEPT: Final = ("event_id", "delivery_id", "opened_at", "due_at", "events", "size")

Blank = dict[str, object]
Wish = tuple[str, str, str]
"""Target, kind and key of what the app withdraws."""


@dataclass(slots=True)
class Shelf:
    """Holds the rows of these names locked; of each name one digest is open, or none."""

    names: set[UUID]
    open: dict[UUID, OpenDigest]
    off: list[OpenDigest] = field(default_factory=list)

    @classmethod
    def locked(
        cls, connection: Connection, wanted: Mapping[UUID, Blank], others: Iterable[UUID], wishes: Sequence[Wish]
    ) -> "Shelf":
        """Lock the rows of what may be opened, made where they are missing, and of others that are there.

        Everybody locks them in one order, and before any delivery.
        """
        names = {*wanted, *others, *_withdrawn(connection, wishes)}
        blank = [wanted[name] for name in sorted(wanted)]
        rows: Sequence[Row[Any]] = []
        for _ in range(_MOST_LOOKS):  # between the two, somebody may be forgotten, and a digest with them
            if blank:
                connection.execute(insert_or_ignore(connection.dialect.name, digest), blank)
            rows = _locked(connection, select(digest), digest.c.id, names)
            if wanted.keys() <= {row.id for row in rows}:
                break
        return cls(names={row.id for row in rows}, open=_read(connection, rows))

    def take_off(self, each: OpenDigest) -> None:
        """Let nothing join it any more."""
        del self.open[each.name]
        self.off.append(each)

    def put_up(self, each: OpenDigest) -> None:
        """Open a new one, in place of what was open under its name."""
        before = self.open.get(each.name)
        if before is not None:
            self.take_off(before)
        self.open[each.name] = each

    def end(self, wish: Wish, *, by: datetime) -> None:
        """End what is open under a key by then, for everybody; what goes already is left to go."""
        for each in [one for one in self.open.values() if (one.target, one.kind, one.key) == wish]:
            each.ended = each.waits and not each.is_over(by)
            self.take_off(each)

    def new_entries(self, at: datetime) -> tuple[list[EventEntry], list[DeliveryEntry]]:
        """Return the events and deliveries of the digests that were opened."""
        fresh = [each for each in (*self.off, *self.open.values()) if each.own is not None and each.entry is not None]
        return [each.own for each in fresh if each.own], [_own_delivery(each, at) for each in fresh]

    def write(self, connection: Connection, *, at: datetime) -> None:
        """Write what joined, what was closed and what was ended; copies made before lose their claim."""
        known = [each for each in (*self.off, *self.open.values()) if each.row is not None]
        for ended in _parts(each.delivery_id for each in known if each.ended):
            connection.execute(_END.where(delivery.c.id.in_(ended)).values(updated_at=at))
        changed = [_changed(each, at) for each in known if (each.joined or each.full) and not each.ended]
        if changed:
            connection.execute(_CHANGE, sorted(changed, key=lambda values: str(values["b_id"])))
        kept = [_kept(each, at) for each in self.open.values() if each.joined]
        if kept:
            connection.execute(_KEEP, sorted(kept, key=lambda values: str(values["b_id"])))
        for over in _parts(self.names - self.open.keys()):
            connection.execute(delete(digest).where(digest.c.id.in_(over)))


def _withdrawn(connection: Connection, wishes: Sequence[Wish]) -> Iterable[UUID]:
    if not wishes:
        return ()
    places = tuple_(digest.c.target, digest.c.kind, digest.c.key)
    return connection.scalars(select(digest.c.id).where(places.in_(sorted(set(wishes)))))


def _locked(connection: Connection, query: Select[Any], key: Column[UUID], ids: Iterable[UUID]) -> list[Row[Any]]:
    """Return the rows with these ids, locked in id order."""
    parts = [query.where(key.in_(part)).order_by(key).with_for_update() for part in _parts(ids)]
    return [row for part in parts for row in connection.execute(part)]


def _parts(ids: Iterable[UUID]) -> Iterator[Sequence[UUID]]:
    """Yield the ids in their order, so many at a time."""
    every = sorted(ids)
    for start in range(0, len(every), MOST_NAMED):
        yield every[start : start + MOST_NAMED]


def blank(event: Event, entry: DeliveryEntry) -> Blank:
    """Return the row under which a digest for this address is, or is about to be opened."""
    opened = {"opened_at": event.created_at, "due_at": entry.due_at, "updated_at": entry.created_at}
    name = name_of(event, entry.address)
    return {
        "id": name,
        "target": event.target,
        "kind": event.kind,
        "key": event.key or "",
        "events": 0,
        "size": 0,
    } | opened


def _read(connection: Connection, rows: Sequence[Row[Any]]) -> dict[UUID, OpenDigest]:
    """Return what is open, with its own deliveries locked in id order."""
    there = {row.delivery_id: row for row in rows if row.delivery_id is not None}
    query = select(*(delivery.c[name] for name in _ROW))
    own = {row.id: row for row in _locked(connection, query, delivery.c.id, there)}
    names = ("target", "kind", "key", *_KEPT)
    return {
        row.id: OpenDigest(name=row.id, row=own[key], **{name: getattr(row, name) for name in names})
        for key, row in there.items()
        if key in own
    }


def _own_delivery(each: OpenDigest, at: datetime) -> DeliveryEntry:
    """Return the delivery of a digest that was opened; somebody is about to publish what wakes it, if it waits."""
    entry = each.entry
    if entry is None:
        raise ValueError("a digest that is there already has its delivery")
    if each.ended:
        return replace(entry, state=State.CANCELLED, reason=WITHDRAWN)
    if each.full:
        return replace(entry, due_at=at)
    return replace(entry, handed_on=each.woken and each.due_at - at <= LONGEST)


def _changed(each: OpenDigest, at: datetime) -> dict[str, object]:
    """Return what becomes of a digest's delivery; what is full goes now, unless somebody holds it."""
    row = each.row
    if row is None:
        raise ValueError("a digest that was just opened has no delivery to change")
    goes = each.full and row.state == State.SCHEDULED
    return {
        "b_id": row.id,
        "b_due_at": at if goes else row.due_at,
        "b_handed_on": row.handed_on and each.woken and not goes,
        "b_updated_at": at if goes else row.updated_at,
    }


def _kept(each: OpenDigest, at: datetime) -> dict[str, object]:
    return {"b_id": each.name, **{f"b_{name}": getattr(each, name) for name in _KEPT}, "b_updated_at": at}


_CHANGE: Final = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values(
        due_at=bindparam("b_due_at"),
        handed_on=bindparam("b_handed_on"),
        updated_at=bindparam("b_updated_at"),
        revision=delivery.c.revision + 1,
    )
)
_END: Final = update(delivery).values(
    state=State.CANCELLED.value, reason=WITHDRAWN, handed_on=False, revision=delivery.c.revision + 1
)
_KEEP: Final = (
    update(digest)
    .where(digest.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in (*_KEPT, "updated_at")})
)
