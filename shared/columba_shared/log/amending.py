"""Amendments: what an event tells, changed in the log while some of it still waits there, or is dead."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    and_,
    delete,
    false,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from columba_shared import wire
from columba_shared.event import Event
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.deaths import unless_dead
from columba_shared.log.moderated import AMENDABLE
from columba_shared.log.tables import audit, delivery, event, frozen, selected
from columba_shared.log.types import Text
from columba_shared.state import CLAIMABLE, State

_TOUCHED: Final = frozenset({*AMENDABLE, State.SENDING})
"""What is being sent says what it was claimed with; should it be tried again, it says the new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An event on one of its targets."""

    event_id: UUID
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """How many deliveries say something new, and how many of the event's do not, by their state."""

    changed: int = 0
    left: Counter[State] = field(default_factory=Counter)


def amend_context(
    connection: Connection,
    place: Place,
    context: Mapping[str, Any],
    author: Author,
    *,
    now: datetime,
    selection_id: UUID | None = None,
) -> Amended:
    """Replace what the event tells, in all of its deliveries that wait or are dead; does nothing when none does.

    Their frozen messages are dropped. However many they are, none is held in memory; ``waiting`` says afterwards which
    need a copy. What the selection holds of it counts as selected with the new. Raises InvalidEvent for a context that
    cannot travel.
    """
    before = kept_event(connection, place)  # before its deliveries, as whoever adds or removes some does
    states = _locked(connection, place)
    left = Counter({state: number for state, number in states.items() if state not in AMENDABLE})
    if states.total() == left.total() or before is None:
        return Amended(left=left)
    body = wire.encode(msgspec.structs.replace(before, context=dict(context)))
    connection.execute(update(event).where(*_named(place)).values(body=body))
    note(connection, [_on_the_event(place, before, author, now)])
    connection.execute(_on_its_deliveries(place, author, now))
    touched = select(delivery.c.id).where(_in(place, _TOUCHED))
    connection.execute(delete(frozen).where(frozen.c.delivery_id.in_(touched)))
    raised: dict[str, Any] = {"revision": delivery.c.revision + 1, "handed_on": False, "frozen": false()}
    raised["updated_at"] = unless_dead(now)
    connection.execute(update(delivery).where(_in(place, AMENDABLE)).values(raised))
    being_sent = _in(place, frozenset({State.SENDING}))
    connection.execute(update(delivery).where(being_sent).values(revision=raised["revision"], frozen=false()))
    if selection_id is not None:
        connection.execute(_selected_anew(place, selection_id))
    return Amended(changed=states.total() - left.total(), left=left)


def places(connection: Connection, selection_id: UUID) -> list[Place]:
    """Return the events, on their targets, of which a selection holds something that may be amended."""
    held = delivery.join(selected, selected.c.delivery_id == delivery.c.id)
    query = select(delivery.c.event_id, delivery.c.target).select_from(held).distinct()
    mine = (selected.c.selection_id == selection_id, delivery.c.state.in_(sorted(AMENDABLE)))
    found = connection.execute(query.where(*mine).order_by(delivery.c.event_id, delivery.c.target))
    return [Place(event_id=row.event_id, target=row.target) for row in found]


def waiting(connection: Connection, place: Place, *, after: UUID | None, limit: int) -> list[UUID]:
    """Return which deliveries of the event wait to be claimed, in id order behind ``after``."""
    query = select(delivery.c.id).where(_in(place, CLAIMABLE))
    further = query if after is None else query.where(delivery.c.id > after)
    return list(connection.scalars(further.order_by(delivery.c.id).limit(limit)))


def kept_event(connection: Connection, place: Place) -> Event | None:
    """Return the event as the log has it, locked; None when it has none."""
    row = connection.execute(select(event.c.body).where(*_named(place)).with_for_update()).one_or_none()
    return None if row is None else wire.decode_kept(row.body)


def _locked(connection: Connection, place: Place) -> Counter[State]:
    """Lock what is to be changed in id order, as every writer does; count all of the event's deliveries by state."""
    mine = select(delivery.c.id).where(_in(place, _TOUCHED)).order_by(delivery.c.id).with_for_update()
    connection.execute(select(func.count()).select_from(mine.subquery()))
    all_states = select(delivery.c.state, func.count().label("number")).where(_in(place, frozenset(State)))
    found = connection.execute(all_states.group_by(delivery.c.state))
    return Counter({State(row.state): row.number for row in found})


def _on_the_event(place: Place, before: Event, author: Author, now: datetime) -> Act:
    detail = {"context": before.context, "target": place.target}
    return Act(author=author, what=Deed.AMENDED, at=now, event_id=place.event_id, detail=detail)


def _on_its_deliveries(place: Place, author: Author, now: datetime) -> Any:  # noqa: ANN401 - an insert from a select
    columns = ("at", "who", "what", "why", "delivery_id", "event_id", "detail")
    values = (
        literal(now, audit.c.at.type),
        literal(author.who),
        literal(Deed.AMENDED.value),
        literal(author.why, Text) if author.why else null(),
        delivery.c.id,
        delivery.c.event_id,
        literal(b'{"context":true}'),
    )
    return insert(audit).from_select(columns, select(*values).where(_in(place, AMENDABLE)))


def _selected_anew(place: Place, selection_id: UUID) -> Update:
    """Let the selection hold them as they are now, but for those that somebody had changed before."""
    as_before = delivery.c.revision == selected.c.revision + 1
    amended = select(delivery.c.id).where(_in(place, frozenset(State)), as_before).correlate(selected)
    mine = (selected.c.selection_id == selection_id, selected.c.delivery_id.in_(amended))
    return update(selected).where(*mine).values(revision=selected.c.revision + 1)


def _named(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return event.c.id == place.event_id, event.c.target == place.target


def _in(place: Place, states: frozenset[State]) -> ColumnElement[bool]:
    return and_(
        delivery.c.event_id == place.event_id,
        delivery.c.target == place.target,
        delivery.c.state.in_(sorted(states)),
    )
