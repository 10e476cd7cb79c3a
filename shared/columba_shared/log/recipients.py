"""Whom an event tells, changed in the log while some of it still waits there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, and_, case, not_, select, update

from columba_shared import wire
from columba_shared.event import Auto, Event, Recipient
from columba_shared.identity import delivery_id
from columba_shared.log import orders
from columba_shared.log.amending import Place, kept_event
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.deciding import Decision, change, choose, going
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.moderated import PENDING, Done, Left, Meant, Why
from columba_shared.log.tables import braked, delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """On what terms the event's other deliveries wait."""

    state: State
    due_at: datetime
    auto: Auto | None
    four_eyes: bool


def remove_recipients(
    connection: Connection, writer: Writer, place: Place, addresses: Sequence[str], author: Author, *, now: datetime
) -> Done:
    """Cancel what the event would tell these addresses, also where its audience has not been asked yet."""
    wanted = {delivery_id(place.event_id, place.target, each): Recipient(address=each) for each in addresses}
    decision = Decision(author=author, what=Deed.CANCELLED, now=now, word="removed", detail={"removed": True})
    orders.generation(connection)  # before any row: whoever gives an order waits for this, and claims wait for them
    event, terms = kept_event(connection, place), _terms(connection, place)
    if event is not None and terms is not None:
        _record(connection, writer, event, _missing(connection, wanted), terms=terms, now=now)
    meant = [Meant(delivery_id=key) for key in wanted]
    chosen = choose(connection, meant, allowed=PENDING, already={State.CANCELLED})
    return change(connection, chosen, {"state": State.CANCELLED.value, "reason": decision.reason}, decision)


def add_recipients(
    connection: Connection,
    writer: Writer,
    place: Place,
    recipients: Sequence[Recipient],
    author: Author,
    *,
    now: datetime,
) -> Done:
    """Let the event tell these as well, on the terms on which its other deliveries wait.

    Whoever has a delivery of it already keeps that one. When nothing of the event waits any more, nobody is added, nor
    is whoever has no user where a chain tells people by theirs.
    """
    wanted = {delivery_id(place.event_id, place.target, each.address): each for each in recipients}
    orders.generation(connection)  # as above
    event, terms = kept_event(connection, place), _terms(connection, place)
    if event is None or terms is None:
        why = Why.UNKNOWN if event is None else Why.OVER
        return Done(left=[Left(delivery_id=key, why=why) for key in wanted])
    missing = _missing(connection, wanted)
    new = {key: each for key, each in missing.items() if each.user is not None or not event.chain}
    _record(connection, writer, event, new, terms=terms, now=now)
    detail = {"added": True}
    note(
        connection,
        [
            Act(author=author, what=Deed.AMENDED, at=now, delivery_id=key, event_id=place.event_id, detail=detail)
            for key in new
        ],
    )
    left = [
        Left(delivery_id=key, why=Why.UNRECOGNISED if key in missing else Why.ALREADY)
        for key in wanted
        if key not in new
    ]
    return Done(done=list(new), left=left, going=going(connection, list(new)))


def _missing(connection: Connection, wanted: Mapping[UUID, Recipient]) -> dict[UUID, Recipient]:
    known = set(connection.scalars(select(delivery.c.id).where(delivery.c.id.in_(list(wanted)))))
    return {key: each for key, each in wanted.items() if key not in known}


_BRAKED: Final = (
    select(braked.c.delivery_id).where(braked.c.delivery_id == delivery.c.id, braked.c.let_go_at.is_(None)).exists()
)
_HELD: Final = and_(delivery.c.state == State.HELD.value, not_(_BRAKED))
"""A brake looks at whoever is added by itself, at the claim."""
_SOONEST: Final = case((_HELD, 0), else_=1)
"""Held ones first: nobody gets round a hold by being added."""


def _terms(connection: Connection, place: Place) -> _Terms | None:
    columns = (_HELD.label("held"), delivery.c.due_at, delivery.c.auto, delivery.c.four_eyes)
    query = select(*columns).where(
        delivery.c.event_id == place.event_id,
        delivery.c.target == place.target,
        delivery.c.state.in_(sorted(PENDING)),
    )
    row = connection.execute(query.order_by(_SOONEST, delivery.c.id).limit(1)).one_or_none()
    if row is None:
        return None
    return _Terms(
        state=State.HELD if row.held else State.SCHEDULED,
        due_at=row.due_at,
        auto=row.auto and Auto(row.auto),
        four_eyes=row.four_eyes,
    )


def _record(
    connection: Connection,
    writer: Writer,
    event: Event,
    new: Mapping[UUID, Recipient],
    *,
    terms: _Terms,
    now: datetime,
) -> None:
    """Write the deliveries that are missing, asked for now: orders given before do not stop them."""
    if not new:
        return
    entries = [
        DeliveryEntry(
            id=key,
            event=event,
            address=each.address,
            recipient=wire.encode_recipient(each),
            user=each.user,
            due_at=terms.due_at,
            created_at=now,
            state=terms.state,
            asked_at=now,
        )
        for key, each in new.items()
    ]
    writer.record(connection, [], entries)
    fresh = update(delivery).where(delivery.c.id.in_(list(new)), delivery.c.revision == 0, delivery.c.asked_at == now)
    connection.execute(fresh.values(auto=terms.auto, four_eyes=terms.four_eyes))
