"""Mentions of a person in what others wrote: reasons, notes, and how selections were asked for."""

from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, delete, func, or_, select, tuple_, update

from columba_shared.log.audit import ABOUT_USERS
from columba_shared.log.person import Person
from columba_shared.log.screening import FORGOTTEN
from columba_shared.log.tables import (
    address,
    audit,
    bounce,
    brake,
    cutoff,
    delivery,
    digest,
    key,
    malformed,
    optout,
    outbox,
    pause,
    selection,
    suppression,
)

_CHUNK: Final = 200
_NOTES: Final = (
    delivery.c.reason,
    address.c.reason,
    audit.c.why,
    bounce.c.said,
    bounce.c.reporter,
    brake.c.why,
    cutoff.c.why,
    malformed.c.reason,
    optout.c.why,
    outbox.c.problem,
    pause.c.why,
    selection.c.words,
    suppression.c.why,
)


def erase(connection: Connection, person: Person) -> int:
    """Replace every note that names the person; return how many. What is only read is not locked."""
    number = 0
    for column in _NOTES:
        named = _naming(connection, column, person)
        for start in range(0, len(named), _CHUNK):
            mine = tuple_(*column.table.primary_key).in_(named[start : start + _CHUNK])
            connection.execute(update(column.table).where(mine).values({column: FORGOTTEN}))
        number += len(named)
    return number


def erase_keys(connection: Connection, person: Person) -> int:
    """Delete the keys that name the person, and what is open under them; return how many."""
    number = 0
    for column in (key.c.key, digest.c.key):
        named = _naming(connection, column, person)
        for start in range(0, len(named), _CHUNK):
            mine = tuple_(*column.table.primary_key).in_(named[start : start + _CHUNK])
            connection.execute(delete(column.table).where(mine))
        number += len(named)
    return number


def erase_acts(connection: Connection, person: Person) -> int:
    """Take a person out of what is on record about the address book and opt-outs; return how many acts that were."""
    about = (audit.c.what.in_(sorted(ABOUT_USERS)), audit.c.delivery_id.is_(None))
    rows = connection.execute(select(audit.c.id, audit.c.detail).where(*about, audit.c.detail.is_not(None)))
    ids = [row.id for row in rows if _is_about(person, msgspec.json.decode(row.detail))]
    for start in range(0, len(ids), _CHUNK):
        connection.execute(update(audit).where(audit.c.id.in_(ids[start : start + _CHUNK])).values(detail=None))
    return len(ids)


def _is_about(person: Person, detail: dict[str, Any]) -> bool:
    theirs = person.user is not None and detail.get("user") == person.user
    return theirs or person.named_in(detail.get("address"))


def _naming(connection: Connection, column: Column[Any], person: Person) -> list[tuple[Any, ...]]:
    """Return the primary keys of the rows that name the person in a column, in their order, as everybody locks them."""
    identity = tuple(column.table.primary_key)
    speaking = or_(*(func.lower(column).contains(each.strip().lower(), autoescape=True) for each in person.names))
    rows = connection.execute(select(column, *identity).where(speaking).order_by(*identity))
    return [tuple(row[1:]) for row in rows if person.named_in(row[0])]
