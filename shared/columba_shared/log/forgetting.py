"""Forgetting a person: what the log has of an address goes, what has to be counted stays.

The tombstone comes first: from its commit on nothing that was asked for before is claimed or written under the address.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, func, or_, select, tuple_, update

from columba_shared import wire
from columba_shared.errors import Malformed
from columba_shared.event import USER_PREFIX, Event
from columba_shared.log import blobs, mentions, orders, suppressions
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.engine import reading
from columba_shared.log.moderated import PENDING
from columba_shared.log.nameless import tells_others
from columba_shared.log.person import Person
from columba_shared.log.screening import FORGOTTEN, bare, mark_of
from columba_shared.log.tables import (
    address as address_table,
)
from columba_shared.log.tables import (
    attempt,
    audit,
    bounce,
    delivery,
    digest,
    event,
    frozen,
    message,
    moved,
    optout,
    outbox,
    tombstone,
)
from columba_shared.log.transacting import transact
from columba_shared.state import State

CHUNK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many rows lost the person, or went with them."""

    deliveries: int = 0
    cancelled: int = 0
    attempts: int = 0
    events: int = 0
    shared_events: int = 0
    """Events that others were told as well: what they tell is kept, and may speak of the person."""
    frozen: int = 0
    messages: int = 0
    """What was sent, where that is kept."""
    bounces: int = 0
    acts: int = 0
    addresses: int = 0
    optouts: int = 0
    suppressions: int = 0
    """Entries of the suppression list, kept as hashes: the address is still not written to."""
    outbox: int = 0
    keys: int = 0
    notes: int = 0
    blobs: int = 0
    """Files of events that were for this person alone, as far as they are in this database."""

    def __add__(self, other: "Erased") -> "Erased":
        """Return both together."""
        names = [each.name for each in fields(self)]
        return Erased(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What a provider was given for the person: by which target, how many, and when last."""

    target: str
    number: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What the log has of a person, before it is forgotten."""

    deliveries: Sequence[UUID] = ()
    handed: Sequence[Handed] = field(default_factory=tuple)
    book: int = 0
    outbox: int = 0


def addresses_of(connection: Connection, user: str) -> list[str]:
    """Return every address that the book has for a user, used or not; deputies are somebody else."""
    found = connection.scalars(select(address_table.c.address).where(address_table.c.user_id == user).distinct())
    return [each for each in found if not each.startswith(USER_PREFIX)]


def traces(connection: Connection, person: Person) -> Traces:
    """Return what there is of the person; reads every address once, since nobody knows how they were capitalised."""
    secret = orders.in_force(connection).secret
    marks = [mark_of(each, secret) for each in person.names]  # erased before, while one was being sent
    query = select(delivery.c.id).where(_addressed(person, marks)).order_by(delivery.c.id)
    sent = (
        select(delivery.c.target, func.count().label("number"), func.max(delivery.c.updated_at).label("last_at"))
        .where(_addressed(person), delivery.c.state.in_([State.SENT.value, State.IN_DOUBT.value, State.SENDING.value]))
        .group_by(delivery.c.target)
        .order_by(delivery.c.target)
    )
    return Traces(
        deliveries=list(connection.scalars(query)),
        handed=[Handed(target=row.target, number=row.number, last_at=row.last_at) for row in connection.execute(sent)],
        book=connection.scalar(select(func.count()).select_from(address_table).where(_in_book(person))) or 0,
        outbox=sum(1 for table in (outbox, moved) for _ in _told_to(connection, person, table)),
    )


def bury(connection: Connection, person: Person, author: Author, *, now: datetime) -> None:
    """Put the tombstones in force as of this transaction's commit, which must follow at once."""
    orders.raise_generation(connection)
    secret = orders.in_force(connection).secret
    hashes = [orders.hashed(each, secret) for each in person.names]
    connection.execute(delete(tombstone).where(tombstone.c.hash.in_(hashes)))
    connection.execute(tombstone.insert(), [{"hash": each, "at": now} for each in dict.fromkeys(hashes)])
    marks = [mark_of(each, secret) for each in person.addresses]
    note(connection, [Act(author=author, what=Deed.FORGOTTEN, at=now, detail={"addresses": marks})])


def erase(engine: Engine, person: Person, *, now: datetime, chunk: int = CHUNK) -> Iterator[Erased]:
    """Erase the person in short transactions; yield after each what has gone so far. It may be stopped at any point."""
    so_far = Erased()
    with reading(engine) as connection:
        ids = traces(connection, person).deliveries
        secret = orders.in_force(connection).secret
    for start in range(0, len(ids), chunk):
        some = ids[start : start + chunk]
        so_far += transact(engine, partial(_erase_deliveries, person, some, secret, now))
        yield so_far
    so_far += transact(engine, partial(_erase_beside, person, secret))
    yield so_far


def being_sent(connection: Connection, person: Person) -> int:
    """Return how many of what was erased is just being sent: what becomes of it is to be erased once more."""
    secret = orders.in_force(connection).secret
    marked = delivery.c.address.in_([mark_of(each, secret) for each in person.names])
    query = select(func.count()).select_from(delivery).where(marked, delivery.c.state == State.SENDING)
    return connection.scalar(query) or 0


def _erase_deliveries(
    person: Person, ids: Sequence[UUID], secret: str, now: datetime, connection: Connection
) -> Erased:
    columns = (delivery.c.id, delivery.c.event_id, delivery.c.target, delivery.c.address, delivery.c.state)
    mine = select(*columns, delivery.c.reason).where(delivery.c.id.in_(ids)).order_by(delivery.c.id)
    places = sorted({(row.event_id, row.target) for row in connection.execute(mine)})
    _shut_digests(connection, ids)
    bodies = _locked_bodies(connection, places)  # before the deliveries, as everybody locks them
    rows = connection.execute(mine.with_for_update()).all()
    known = [row for row in rows if not row.address.startswith(f"{FORGOTTEN}:")]
    waiting = [row.id for row in rows if State(row.state) in PENDING]  # also what was being sent when it was erased
    for row in rows:
        mark = mark_of(row.address, secret) if row in known else row.address
        values: dict[str, object] = {"address": mark, "recipient": None, "user_id": None, "key": None, "frozen": False}
        if row.id in waiting:
            values |= {"state": State.CANCELLED.value, "reason": FORGOTTEN, "handed_on": False, "updated_at": now}
            values["revision"] = delivery.c.revision + 1
        elif person.named_in(row.reason):
            values["reason"] = FORGOTTEN
        connection.execute(update(delivery).where(delivery.c.id == row.id).values(values))
    told = or_(attempt.c.reply.is_not(None), attempt.c.provider_id.is_not(None))
    tried = update(attempt).where(attempt.c.delivery_id.in_(ids), told).values(reply=None, provider_id=None)
    acts = update(audit).where(audit.c.delivery_id.in_(ids), audit.c.detail.is_not(None)).values(detail=None)
    events, shared, files = _erase_events(connection, person, bodies)
    return Erased(
        deliveries=len(known),
        cancelled=len(waiting),
        attempts=connection.execute(tried).rowcount,
        frozen=connection.execute(delete(frozen).where(frozen.c.delivery_id.in_(ids))).rowcount,
        messages=connection.execute(delete(message).where(message.c.delivery_id.in_(ids))).rowcount,
        bounces=connection.execute(delete(bounce).where(bounce.c.delivery_id.in_(ids))).rowcount,
        acts=connection.execute(acts).rowcount,
        events=events,
        shared_events=shared,
        blobs=files,
    )


def _shut_digests(connection: Connection, ids: Sequence[UUID]) -> None:
    """Let nothing join what is open for the person: what such a digest is called is derived from the address."""
    connection.execute(delete(digest).where(digest.c.delivery_id.in_(ids)))


def _locked_bodies(connection: Connection, places: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], bytes]:
    query = select(event.c.id, event.c.target, event.c.body).where(tuple_(event.c.id, event.c.target).in_(places))
    rows = connection.execute(query.order_by(event.c.id, event.c.target).with_for_update()) if places else ()
    return {(row.id, row.target): row.body for row in rows}


def _erase_events(
    connection: Connection, person: Person, bodies: Mapping[tuple[UUID, str], bytes]
) -> tuple[int, int, int]:
    """Bare the events that were for this person alone; return how many, how many told others too, and files gone."""
    bared = shared = files = 0
    for (event_id, target), body in bodies.items():
        here = (event.c.id == event_id, event.c.target == target)
        told_others = tells_others(connection, event_id, target)
        rest = _without(body, person) if told_others else wire.encode(bare(wire.decode_kept(body)))
        shared += told_others
        bared += rest != body and not told_others
        if rest != body:
            connection.execute(update(event).where(*here).values(body=rest))
        if not told_others:  # what it told before somebody amended it
            whole = (audit.c.event_id == event_id, audit.c.delivery_id.is_(None), audit.c.detail.is_not(None))
            connection.execute(update(audit).where(*whole).values(detail=None))
            files += blobs.take_from(connection, event_id, target)
    return bared, shared, files


def _without(body: bytes, person: Person) -> bytes:
    """Return an event's body that does not name the person among its recipients."""
    try:
        kept = wire.decode_kept(body)
    except Malformed:
        return body
    others = tuple(each for each in kept.to if not person.has(each.address))
    return body if len(others) == len(kept.to) else wire.encode(msgspec.structs.replace(kept, to=others))


def _erase_beside(person: Person, secret: str, connection: Connection) -> Erased:
    """Erase the person from what belongs to no delivery."""
    gone = Erased(
        addresses=connection.execute(delete(address_table).where(_in_book(person))).rowcount,
        suppressions=suppressions.forget(connection, person.addresses, secret),
        keys=mentions.erase_keys(connection, person),
        outbox=_erase_outbox(connection, person),
        notes=mentions.erase(connection, person),
        acts=mentions.erase_acts(connection, person),
    )
    if person.user is None:
        return gone
    mine = connection.execute(delete(optout).where(optout.c.user_id == person.user)).rowcount
    return replace(gone, optouts=mine)


def _erase_outbox(connection: Connection, person: Person) -> int:
    """Delete or rewrite what has not been moved yet, or not been seen since; return how much of it there was."""
    return _erase_bodies(connection, person, outbox) + _erase_bodies(connection, person, moved)


def _erase_bodies(connection: Connection, person: Person, table: Table) -> int:
    found = list(_told_to(connection, person, table))
    for row_id, waiting in found:
        others = tuple(each for each in waiting.to if not person.has(each.address))
        if others:
            rest = wire.encode(msgspec.structs.replace(waiting, to=others))
            connection.execute(update(table).where(table.c.id == row_id).values(body=rest))
        else:
            connection.execute(delete(table).where(table.c.id == row_id))
            blobs.take_from(connection, waiting.id, waiting.target)
    return len(found)


def _told_to(connection: Connection, person: Person, table: Table) -> Iterator[tuple[int, Event]]:
    for row in connection.execute(select(table.c.id, table.c.body)).all():
        try:
            waiting = wire.decode_kept(row.body)
        except Malformed:
            continue
        if any(person.has(each.address) for each in waiting.to):
            yield row.id, waiting


def _addressed(person: Person, marks: Sequence[str] = ()) -> ColumnElement[bool]:
    """Return what finds the person's deliveries; an unusual capital letter costs a look at every address."""
    folded = [each.strip().lower() for each in person.names]
    exact = delivery.c.address.in_([*person.names, *marks])
    mine = or_(exact, func.lower(delivery.c.address).in_(folded))
    return mine if person.user is None else or_(mine, delivery.c.user_id == person.user)


def _in_book(person: Person) -> ColumnElement[bool]:
    folded = [each.strip().lower() for each in person.names]
    mine = func.lower(address_table.c.address).in_(folded)
    return mine if person.user is None else or_(mine, address_table.c.user_id == person.user)
