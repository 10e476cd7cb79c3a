"""Telling newcomers of an event that is over: whoever has a delivery of it never gets another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, or_, select, update

from columba_shared import wire
from columba_shared.errors import ColumbaError
from columba_shared.event import GROUP_PREFIXES, Event, Recipient
from columba_shared.identity import delivery_id
from columba_shared.log import orders
from columba_shared.log.amending import Place, kept_event
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.deciding import going
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """What reopening came to: how many audiences and users are asked again, and who was added or had one already."""

    asked: int
    added: int
    already: int
    going: Sequence[StoredDelivery]


class NotOver(ColumbaError):
    """Some of the event's deliveries wait for a decision or their time, and newcomers would get round it."""


class Unrecognised(ColumbaError):
    """Nobody could tell whom another target of the event's chain has reached."""


def reopen_for(
    connection: Connection, writer: Writer, place: Place, named: Sequence[Recipient], author: Author, *, now: datetime
) -> Reopened | None:
    """Ask the event's audience or users again or, with ``named``, add these alone; None: the log has no such event.

    Raises NotOver and Unrecognised.
    """
    orders.generation(connection)  # before any row, as everywhere
    event = kept_event(connection, place)
    if event is None:
        return None
    _require_over(connection, place, now)
    if not named:
        ids = _ask_again(connection, place, now)
        known = 0
    else:
        if event.chain and not all(each.user for each in named):
            raise Unrecognised("the event's fallbacks know people by their users: name users, and not addresses")
        ids, known = _add(connection, writer, event, named, now)
    note(
        connection,
        [Act(author=author, what=Deed.REOPENED, at=now, delivery_id=key, event_id=place.event_id) for key in ids],
    )
    return Reopened(
        asked=0 if named else len(ids),
        added=len(ids) if named else 0,
        already=known,
        going=going(connection, ids),
    )


def _require_over(connection: Connection, place: Place, now: datetime) -> None:
    early = and_(delivery.c.state == State.SCHEDULED, delivery.c.due_at > now)
    query = select(delivery.c.state).where(delivery.c.event_id == place.event_id, delivery.c.target == place.target)
    found = connection.scalar(query.where(or_(delivery.c.state == State.HELD, early)).limit(1))
    if found is not None:
        why = "waits for somebody to let it go" if found == State.HELD else "is not due yet"
        raise NotOver(f"some of the event {why}: `columba amend {place.event_id} --add ADDRESS` adds to what waits")


def _ask_again(connection: Connection, place: Place, now: datetime) -> list[UUID]:
    groups = or_(*(delivery.c.address.startswith(prefix, autoescape=True) for prefix in GROUP_PREFIXES))
    query = select(delivery.c.id).where(
        delivery.c.event_id == place.event_id,
        delivery.c.target == place.target,
        delivery.c.state == State.EXPANDED,
        groups,
    )
    ids = list(connection.scalars(query.order_by(delivery.c.id).with_for_update()))
    again = {"state": State.SCHEDULED.value, "reason": None, "due_at": now, "asked_at": now, "updated_at": now}
    fresh = {"claim": delivery.c.claim + 1, "attempts": 0, "crashes": 0, "process_id": None, "token": None}
    if ids:
        connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(**again, **fresh, handed_on=False))
    return ids


def _add(
    connection: Connection, writer: Writer, event: Event, named: Sequence[Recipient], now: datetime
) -> tuple[list[UUID], int]:
    wanted = {delivery_id(event.id, event.target, each.address): each for each in reversed(named)}
    known = set(connection.scalars(select(delivery.c.id).where(delivery.c.id.in_(sorted(wanted)))))
    new = [
        DeliveryEntry(
            id=key,
            event=event,
            address=each.address,
            recipient=wire.encode_recipient(each),
            due_at=now,
            created_at=now,
            user=each.user,
            asked_at=now,
        )
        for key, each in wanted.items()
        if key not in known
    ]
    writer.record(connection, [], new)
    return [entry.id for entry in new], len(known)
