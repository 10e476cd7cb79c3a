"""A digest that is open: what it has gathered so far, and whether it takes one more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Row

from columba_shared import wire
from columba_shared.digest import MOST_BYTES
from columba_shared.event import Event, Recipient
from columba_shared.identity import delivery_id, digest_event_id, digest_name
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.orders import Action, Orders
from columba_shared.state import State

_WAITING: Final = frozenset({State.SCHEDULED.value, State.HELD.value})


@dataclass(slots=True, kw_only=True, eq=False)
class OpenDigest:
    """How much has joined it, and its own delivery: as ``row``, or as ``entry`` while that is to be written."""

    name: UUID
    target: str
    kind: str
    key: str
    event_id: UUID
    delivery_id: UUID
    opened_at: datetime
    due_at: datetime
    events: int
    size: int
    row: Row[Any] | None = None
    own: EventEntry | None = None
    entry: DeliveryEntry | None = None
    joined: bool = False
    full: bool = False
    ended: bool = False
    woken: bool = True

    @property
    def waits(self) -> bool:
        """Whether nobody has claimed or ended it: where no broker wakes it, it stays on the shelf when it has gone."""
        return self.row is None or (self.row.state in _WAITING and self.row.claim == 0)

    def takes(self, event: Event, at: datetime, current: Orders) -> bool:
        """Say whether the event is from before its end, and nobody has claimed, ended or frozen it."""
        if min(event.created_at, at) >= self.due_at:
            return False
        row = self.row
        return row is None or (self.waits and not row.frozen and not self._is_cancelled(row, event, current))

    def has_room(self, size: int) -> bool:
        """Say whether so much fits; the first always does."""
        return not self.events or self.size + size <= MOST_BYTES

    def add(self, event: Event, size: int) -> None:
        """Let one join; the last for which there is room makes it full."""
        self.joined = True
        self.events += 1
        self.size += size
        self.full = event.digest is None or self.events >= event.digest.most or self.size >= MOST_BYTES

    def is_over(self, by: datetime) -> bool:
        """Say whether its window has ended by then, or somebody has it go by then."""
        row = self.row
        return self.due_at <= by or (row is not None and row.state == State.SCHEDULED and bool(row.due_at <= by))

    def _is_cancelled(self, row: Row[Any], event: Event, current: Orders) -> bool:
        """Say whether an order ends it, perhaps in a moment: what was asked for later is not to end with it."""
        digest = msgspec.structs.replace(event, id=self.event_id)
        order = current.cutoff_for(digest, row.asked_at or self.opened_at, row.due_at)
        return order is not None and order.action is Action.CANCEL


def name_of(event: Event, address: str) -> UUID:
    """Return the name of the digest that tells an address this sort of thing."""
    return digest_name(event.target, event.kind, event.lane.value, event.filed_under, event.key or "", address)


def opened_by(event: Event, entry: DeliveryEntry, *, at: datetime) -> OpenDigest:
    """Return the digest that an event opens for an address; it has an event of its own, and no member leads it."""
    named = event.to if entry.recipient is None else (wire.decode_recipient(entry.recipient),)
    own = Event(
        id=digest_event_id(event.id, event.target, entry.address),
        kind=event.kind,
        target=event.target,
        lane=event.lane,
        producer=event.producer,
        to=tuple(_without_context(each) for each in named),
        audience=event.audience,
        created_at=event.created_at,
        due_at=entry.due_at,
        key=event.key,
        category=event.category,
        digest=event.digest,
        gathers=True,
    )
    key = delivery_id(own.id, own.target, entry.address)
    return OpenDigest(
        name=name_of(event, entry.address),
        target=event.target,
        kind=event.kind,
        key=event.key or "",
        event_id=own.id,
        delivery_id=key,
        opened_at=own.created_at,
        due_at=entry.due_at,
        events=0,
        size=0,
        own=EventEntry(event=own, body=wire.encode(own), recorded_at=at),
        entry=DeliveryEntry(
            id=key,
            event=own,
            address=entry.address,
            recipient=None,
            due_at=entry.due_at,
            created_at=at,
            user=entry.user,
        ),
    )


def _without_context(recipient: Recipient) -> Recipient:
    """Return whom the digest is for; what an event says of them is that event's alone."""
    return msgspec.structs.replace(recipient, context={})
