"""The suppression list: which addresses and domains must not be written to, by whom that was found, and until when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Row,
    String,
    any_,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from columba_shared.address import folded, listings
from columba_shared.log import orders
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.line import stand_in_line
from columba_shared.log.tables import suppression
from columba_shared.log.types import MAX_TEXT

SUPPRESSED: Final = "address suppressed"
"""How the reason begins of a delivery to an address on the list."""
LINE: Final = "suppressions"
"""Where everybody stands who changes the list: what they read of it stays so until they have written."""
_FORGOTTEN: Final = "forgotten:"
_CHUNK: Final = 500


Key = tuple[str, str, str]
"""An address in its one spelling, or a domain; a target and a category, each empty for every one."""
Place = tuple[str, str, str]
"""What a delivery is about: its target, its address, its category."""


class Source(StrEnum):
    """How it was found that an address must not be written to."""

    OPERATOR = "operator"
    APP = "app"
    IMPORT = "import"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"

    @property
    def is_finding(self) -> bool:
        """Whether no person decided it: what a person did is not replaced by it."""
        return self in {Source.BOUNCE, Source.COMPLAINT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One entry: an address in its one spelling, or a domain, on a target, about a category; empty is every one."""

    address: str
    target: str = ""
    category: str = ""
    source: Source
    who: str
    why: str | None = None
    at: datetime
    until: datetime | None = None

    @property
    def key(self) -> Key:
        """What there is one of."""
        return (self.address, self.target, self.category)

    @property
    def reason(self) -> str:
        """What the deliveries say that it stops."""
        about = f" for {self.category}" if self.category else ""
        by = self.who if self.source in {Source.OPERATOR, Source.APP} else self.source.value
        return (f"{SUPPRESSED}{about} by {by}" + (f": {self.why}" if self.why else ""))[:MAX_TEXT]

    def is_in_force(self, now: datetime) -> bool:
        """Say whether it has not run out."""
        return self.until is None or now < self.until

    def outlasts(self, other: "Suppression") -> bool:
        """Say whether it is in force for at least as long."""
        return self.until is None or (other.until is not None and other.until <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What became of entries: new ones, changed ones, and those that the list had already."""

    new: int = 0
    changed: int = 0
    known: int = 0

    def __add__(self, other: "Listed") -> "Listed":
        """Return both together."""
        return Listed(new=self.new + other.new, changed=self.changed + other.changed, known=self.known + other.known)


def enter(connection: Connection, entries: Iterable[Suppression], *, at_once: bool = True) -> Listed:
    """Put entries in force as of this transaction's commit, which must follow soon: claims wait for it.

    What a person entered stands until it runs out, whatever is found later; a person's newer word replaces it. What is
    not wanted ``at_once`` keeps nobody's claims waiting: those under way may have looked the list up before.
    """
    stand_in_line(connection, LINE)
    wanted = {each.key: each for each in entries}
    if at_once or _is_empty(connection):
        orders.raise_generation(connection)
    known = _known(connection, list(wanted))
    new = [each for key, each in wanted.items() if key not in known]
    changed = [each for key, each in wanted.items() if key in known and _replaces(each, known[key])]
    if new:
        connection.execute(insert(suppression), [_row(each) for each in new])
    for each in changed:
        connection.execute(update(suppression).where(_is(each.key)).values(_row(each)))
    return Listed(new=len(new), changed=len(changed), known=len(wanted) - len(new) - len(changed))


def lift(connection: Connection, given: Sequence[Key]) -> list[Suppression]:
    """Take entries off the list as of this transaction's commit, as above; return those that there were."""
    stand_in_line(connection, LINE)
    orders.raise_generation(connection)
    secret = orders.secret(connection)
    keys = [(name, on, of) for each, on, of in given for name in (each, forgotten(each, secret))]
    found = list(_known(connection, keys).values())
    for each in found:
        connection.execute(delete(suppression).where(_is(each.key)))
    return found


def listed(
    connection: Connection, *, target: str | None = None, after: Key | None = None, limit: int
) -> list[Suppression]:
    """Return entries in the order of their keys, behind ``after``."""
    query = select(suppression).order_by(*_KEY).limit(limit)
    if target is not None:
        query = query.where(suppression.c.target.in_(["", target]))
    if after is not None:
        query = query.where(tuple_(*_KEY) > after)
    return [_entry(row) for row in connection.execute(query)]


def matching(connection: Connection, address: str, *, target: str | None = None) -> list[Suppression]:
    """Return the entries that an address is on the list by, in force or run out; on any target, if none is given."""
    secret = orders.secret(connection)
    query = select(suppression).where(suppression.c.address.in_(_names(address, secret))).order_by(*_KEY)
    if target is not None:
        query = query.where(suppression.c.target.in_(["", target]))
    return [_entry(row) for row in connection.execute(query)]


def entry(connection: Connection, key: Key) -> Suppression | None:
    """Return the entry with this key, in force or run out; None: there is none."""
    row = connection.execute(select(suppression).where(_is(key))).one_or_none()
    return None if row is None else _entry(row)


def stopping(
    connection: Connection, places: Iterable[Place], *, secret: str, now: datetime
) -> Mapping[Place, Suppression]:
    """Return for those of these places that must not be written to the entry that says so."""
    names = {place: _names(place[1], secret) for place in set(places)}
    wanted = sorted({name for each in names.values() for name in each})
    entries = (_entry(row) for row in _rows(connection, wanted))
    found = {entry.key: entry for entry in entries if entry.is_in_force(now)}
    if not found:
        return {}
    stopped = {place: _first(found, each, place) for place, each in names.items()}
    return {place: entry for place, entry in stopped.items() if entry is not None}


def forget(connection: Connection, names: Iterable[str], secret: str) -> int:
    """Keep of entries for these addresses only their hashes, which still stop deliveries; return how many."""
    rows = connection.execute(select(suppression).where(suppression.c.address.in_({folded(each) for each in names})))
    found = [_entry(row) for row in rows]
    marked = [replace(each, address=forgotten(each.address, secret), why=None) for each in found]
    for each in found:
        connection.execute(delete(suppression).where(_is(each.key)))
    if marked:  # who was forgotten before, or is just now by somebody else, has such entries already
        connection.execute(insert_or_ignore(connection.dialect.name, suppression), [_row(each) for each in marked])
    return len(found)


def forgotten(address: str, secret: str) -> str:
    """Return what the list holds of an address that nobody may remember."""
    return f"{_FORGOTTEN}{orders.hashed(folded(address), secret)}"


def is_forgotten(entry: Suppression) -> bool:
    """Say whether nobody can tell any more whose address it is."""
    return entry.address.startswith(_FORGOTTEN)


_IN_ARRAY: Final = select(suppression).where(suppression.c.address == any_(bindparam("names", type_=ARRAY(String))))
_IN_LIST: Final = select(suppression).where(suppression.c.address.in_(bindparam("names", expanding=True)))
_KEY: Final = (suppression.c.address, suppression.c.target, suppression.c.category)


def _names(address: str, secret: str) -> tuple[str, ...]:
    return (*listings(address), forgotten(address, secret))


def _rows(connection: Connection, names: Sequence[str]) -> Iterator[Row[Any]]:
    """Yield the entries of these names; PostgreSQL takes them as one array: many parameters took twice the time."""
    if connection.dialect.name == "postgresql":
        yield from connection.execute(_IN_ARRAY, {"names": names})
        return
    for start in range(0, len(names), _CHUNK):
        yield from connection.execute(_IN_LIST, {"names": names[start : start + _CHUNK]})


def _is_empty(connection: Connection) -> bool:
    """Say whether the list is, so that nobody looks it up."""
    return connection.execute(select(suppression.c.address).limit(1)).first() is None


def _first(found: Mapping[Key, Suppression], names: Sequence[str], place: Place) -> Suppression | None:
    target, _, category = place
    keys = ((name, on, of) for name in names for on in ("", target) for of in ("", category))
    return next((found[key] for key in keys if key in found), None)


def _replaces(new: Suppression, known: Suppression) -> bool:
    """Say whether there is anything in the new entry that the list should know."""
    if new.source.is_finding:
        return not known.is_in_force(new.at) or (known.source.is_finding and not known.outlasts(new))
    return known.source.is_finding or (new.until, new.why) != (known.until, known.why)


def _known(connection: Connection, keys: Sequence[Key]) -> dict[Key, Suppression]:
    found: dict[Key, Suppression] = {}
    for start in range(0, len(keys), _CHUNK):
        some = select(suppression).where(tuple_(*_KEY).in_(keys[start : start + _CHUNK])).order_by(*_KEY)
        found |= {entry.key: entry for entry in map(_entry, connection.execute(some.with_for_update()))}
    return found


def _is(key: Key) -> ColumnElement[bool]:
    address, target, category = key
    same = (suppression.c.address == address) & (suppression.c.target == target)
    return same & (suppression.c.category == category)


def _entry(row: Row[Any]) -> Suppression:
    values = {name: getattr(row, name) for name in Suppression.__slots__}
    return Suppression(**values | {"source": Source(row.source)})


def _row(entry: Suppression) -> dict[str, object]:
    return {name: getattr(entry, name) for name in Suppression.__slots__} | {"source": entry.source.value}
