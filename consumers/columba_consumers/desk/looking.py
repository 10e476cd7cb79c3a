"""One delivery or one event, with all that is to be said about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from columba_shared import wire
from columba_shared.errors import ColumbaError
from columba_shared.event import Event
from columba_shared.log.audit import Act, acts_on, acts_on_event
from columba_shared.log.braked import expected
from columba_shared.log.gathering.telling import digests_of
from columba_shared.log.keeping import is_kept
from columba_shared.log.lineage import lineages
from columba_shared.log.pauses import paused_targets
from columba_shared.log.reading import account, deliveries, events
from columba_shared.log.records import Account, AttemptRecord, DeliveryRecord, EventRecord
from columba_shared.log.selection import Selection
from columba_shared.log.waiting import closed
from columba_shared.state import CLAIMABLE, OPEN
from sqlalchemy import Connection

from columba_consumers.cli.listing import remark
from columba_consumers.cli.telling import Happening, Told, numbered, tell, timeline
from columba_consumers.desk.deliveries import Line
from columba_consumers.desk.ruling import Ruling, open_to
from columba_consumers.desk.seen import key_of

MOST: Final = 50
"""Deliveries that are shown with their event; the list has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivery: the answer to "did they get it, and why not?", its attempts, and what happened when."""

    told: Told
    happened: Sequence[Happening]
    event: EventRecord | None
    about: str | None
    readable: bool
    """Whether there is a message to read: one that is still to be made, or one that was sent and kept."""

    @property
    def delivery(self) -> DeliveryRecord:
        """How it stands."""
        return self.told.delivery

    @property
    def attempts(self) -> tuple[tuple[int, AttemptRecord], ...]:
        """Each try at it with its number, first to last."""
        return tuple(numbered(self.told.attempts))

    @property
    def key(self) -> str:
        """As what it is looked at; it comes back with what somebody decides."""
        return key_of(self.delivery)

    @property
    def rulings(self) -> Sequence[Ruling]:
        """What may be decided about it."""
        return open_to(self.delivery.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event on each of its targets, what it tells, some of its deliveries, and what people did to it as a whole."""

    events: Sequence[EventRecord]
    told: Event | None
    lines: Sequence[Line]
    more: bool
    acts: Sequence[Act]

    @property
    def first(self) -> EventRecord:
        """The event, as all its targets have it."""
        return self.events[0]

    @property
    def withdrawn(self) -> str | None:
        """The key under which it has nothing wait any more; None: it tells somebody something."""
        return self.told.key if self.told is not None and self.told.withdraw else None

    @property
    def context(self) -> dict[str, Any]:
        """What it tells."""
        return dict(self.told.context) if self.told is not None else {}


def delivery_view(connection: Connection, delivery_id: UUID, *, now: datetime) -> DeliveryView | None:
    """Return what is to be said about a delivery; None when the log does not know it."""
    found = account(connection, delivery_id)
    if found is None:
        return None
    waits = [delivery_id] if found.delivery.state in CLAIMABLE else []
    told = tell(
        found,
        now=now,
        paused=paused_targets(connection),
        braked=expected(connection, waits),
        closed=closed(connection, now),
        digests=digests_of(connection, [found.delivery]),
        chains=lineages(connection, [found]),
    )
    event = None if found.event is None else _told(found.event)
    return DeliveryView(
        told=told,
        happened=_happened(found, acts_on(connection, [delivery_id])),
        event=found.event,
        about=None if event is None else event.about,
        readable=found.delivery.state in OPEN or is_kept(connection, delivery_id),
    )


def event_view(connection: Connection, event_id: UUID, *, now: datetime) -> EventView | None:
    """Return what is to be said about an event; None when the log does not know it."""
    found = events(connection, event_id)
    if not found:
        return None
    some = deliveries(connection, Selection(event_id=event_id), limit=MOST + 1)
    return EventView(
        events=found,
        told=_told(found[0]),
        lines=[Line(delivery=each, remark=remark(each, now=now)) for each in some[:MOST]],
        more=len(some) > MOST,
        acts=acts_on_event(connection, event_id),
    )


def _happened(found: Account, acts: list[Act]) -> list[Happening]:
    return timeline((found,), acts)


def _told(event: EventRecord) -> Event | None:
    """Return what was published; None when this version cannot read it."""
    try:
        return wire.decode_kept(event.body)
    except ColumbaError:
        return None
