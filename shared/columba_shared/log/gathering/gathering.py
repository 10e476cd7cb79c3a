"""Steps in the life of digests, in the order in which they came: events join, windows end, the app withdraws."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Connection, select

from columba_shared.event import Event
from columba_shared.identity import delivery_id
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.gathering.homes import DueIn, at_home
from columba_shared.log.gathering.open_digest import OpenDigest, name_of, opened_by
from columba_shared.log.gathering.shelf import Shelf, Wish, blank
from columba_shared.log.orders import Orders
from columba_shared.log.screening import recorded
from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """An event that is told with others, and its deliveries, each due when a digest would be that it opened.

    ``woken`` says that whoever files it publishes what wakes a digest; otherwise the log is asked what is due.
    ``due_in`` says when it would be due elsewhere, for users of whom the address book knows where that is; None: it is
    due at the same moment everywhere.
    """

    event: EventEntry
    deliveries: Sequence[DeliveryEntry]
    at: datetime
    woken: bool
    due_in: DueIn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The end of a digest's window, behind all that was published before: nothing joins it any more.

    Of a digest for an audience or a user, each of its deliveries may ask to be let go, by its own address.
    """

    digest: Event
    address: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The app's wish that what is gathered under a key is not told."""

    withdrawal: Event
    at: datetime

    @property
    def wish(self) -> Wish:
        """What it is about."""
        return self.withdrawal.target, self.withdrawal.kind, self.withdrawal.key or ""


Step: TypeAlias = Gathering | Closing | Ending
Waiting: TypeAlias = Sequence[StoredDelivery]
"""The digests' deliveries that wait, as they now stand: due ones are to go, others to be woken.

Never more than those whose address was named: what a digest comes to once it is expanded may be a million others.
"""


@dataclass(slots=True)
class _Round:
    """What a transaction's steps come to: of each delivery in which digest it is, and of each step which it touched."""

    orders: Orders
    known: dict[UUID, UUID | None]
    events: list[EventEntry] = field(default_factory=list)
    deliveries: list[DeliveryEntry] = field(default_factory=list)
    touched: list[set[UUID]] = field(default_factory=list)

    def note(self, entry: DeliveryEntry) -> None:
        """Have a delivery recorded."""
        self.known[entry.id] = entry.digest_id
        self.deliveries.append(entry)


def gather(connection: Connection, writer: Writer, steps: Sequence[Step]) -> list[Waiting]:
    """Take the steps in the order in which they came; return what waits of the digests that each has touched.

    An event that the log knows already joins nothing, however often it comes: what may not have been done when it came
    first is asked for once more.
    """
    if not steps:
        return []
    orders = writer.orders(connection)  # before any row, as everywhere
    steps = [_at_home(connection, each) for each in steps]
    shelf = _shelf(connection, steps)
    work = _Round(orders, _known(connection, steps))
    for step in steps:
        match step:
            case Gathering():
                work.touched.append(_join(shelf, work, step))
            case Closing():
                work.touched.append({delivery_id(step.digest.id, step.digest.target, step.address)})
                _close(shelf, step)
            case Ending():
                work.touched.append(set())
                shelf.end(step.wish, by=min(step.withdrawal.created_at, step.at))
    at = max(step.at for step in steps)
    events, deliveries = shelf.new_entries(at)
    writer.record(connection, [*work.events, *events], [*work.deliveries, *deliveries])
    shelf.write(connection, at=at)
    return _answers(connection, work.touched)


def _at_home(connection: Connection, step: Step) -> Step:
    if not isinstance(step, Gathering) or step.due_in is None:
        return step
    return replace(step, deliveries=at_home(connection, step.deliveries, step.due_in))


def _shelf(connection: Connection, steps: Sequence[Step]) -> Shelf:
    joining = [each for each in steps if isinstance(each, Gathering)]
    wanted = {
        name_of(step.event.event, entry.address): blank(step.event.event, entry)
        for step in joining
        for entry in step.deliveries
    }
    closing = [name_of(each.digest, each.address) for each in steps if isinstance(each, Closing)]
    return Shelf.locked(connection, wanted, closing, [each.wish for each in steps if isinstance(each, Ending)])


def _known(connection: Connection, steps: Iterable[Step]) -> dict[UUID, UUID | None]:
    """Return the deliveries that the log has, each with its digest."""
    ids = sorted({entry.id for step in steps if isinstance(step, Gathering) for entry in step.deliveries})
    query = select(delivery.c.id, delivery.c.digest_id).where(delivery.c.id.in_(ids))
    return {row.id: row.digest_id for row in connection.execute(query)} if ids else {}


def _join(shelf: Shelf, work: _Round, step: Gathering) -> set[UUID]:
    """Let each delivery join the digest that is open for its address, or open one; return the digests to look at."""
    touched: set[UUID] = set()
    work.events.append(step.event)
    for given in step.deliveries:
        if given.id in work.known:
            touched |= _own_of(work.known[given.id], given)
            continue
        entry = recorded(given, work.orders)
        if entry.state is State.CANCELLED:
            work.note(entry)
            continue
        size = len(step.event.body) + len(given.recipient or b"")
        each, seen = _digest_for(shelf, work.orders, step, given, size)
        each.add(step.event.event, size)
        each.woken = step.woken
        if each.full:
            shelf.take_off(each)
        touched |= seen | ({each.delivery_id} if each.full else set())
        work.note(replace(given, state=State.GATHERED, digest_id=each.event_id, due_at=each.due_at))
    return touched if step.woken else set()


def _own_of(digest_id: UUID | None, entry: DeliveryEntry) -> set[UUID]:
    """Return the delivery of the digest that tells this one; none, where it joined none."""
    return set() if digest_id is None else {delivery_id(digest_id, entry.event.target, entry.address)}


def _digest_for(
    shelf: Shelf, orders: Orders, step: Gathering, entry: DeliveryEntry, size: int
) -> tuple[OpenDigest, set[UUID]]:
    """Return the open digest that the delivery may join, or the one that it opens; and which are to be looked at."""
    event, touched = step.event.event, set[UUID]()
    open_ = shelf.open.get(name_of(event, entry.address))
    if open_ is not None and open_.takes(event, step.at, orders):
        if open_.has_room(size):
            return open_, touched
        open_.full = True
        touched.add(open_.delivery_id)
    new = opened_by(event, entry, at=step.at)
    shelf.put_up(new)
    return new, {*touched, new.delivery_id}


def _close(shelf: Shelf, step: Closing) -> None:
    each = shelf.open.get(name_of(step.digest, step.address))
    if each is not None and each.event_id == step.digest.id and each.is_over(step.at):
        shelf.take_off(each)


def _answers(connection: Connection, touched: Sequence[set[UUID]]) -> list[Waiting]:
    wanted = set[UUID]().union(*touched)
    if not wanted:
        return [()] * len(touched)
    query = stored_columns().where(
        delivery.c.id.in_(sorted(wanted)),
        delivery.c.digest_id == delivery.c.event_id,
        delivery.c.state == State.SCHEDULED.value,
        delivery.c.claim == 0,
    )
    found = {each.id: each for each in read(connection, query)}
    return [[found[key] for key in sorted(some & found.keys())] for some in touched]
