"""An event's first entries in the log: itself, and a delivery for everybody it names."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec
from columba_shared import wire
from columba_shared.event import Event, Recipient
from columba_shared.identity import delivery_id
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.state import State

from columba_consumers.copies.addressing import address_of, due_of

_ALONE: Final = 1


def is_list(event: Event) -> bool:
    """Say whether the event names several recipients, who have rows of their own."""
    return len(event.to) > _ALONE


def event_entry(event: Event, body: bytes, *, now: datetime) -> EventEntry:
    """Return the event as the log keeps it: without the recipients of a list, since their rows hold them."""
    if not is_list(event):
        return EventEntry(event=event, body=body, recorded_at=now)
    bare = msgspec.structs.replace(event, to=())
    return EventEntry(event=bare, body=wire.encode(bare), recorded_at=now)


def delivery_entries(event: Event, *, now: datetime, handed_on: bool) -> Iterable[DeliveryEntry]:
    """Yield a delivery for each recipient, or the audience's own, none twice.

    ``handed_on`` says whether the event's own copy is on its way. It stands for one recipient or an audience; a list's
    copy does not stand for its recipients, who get theirs when it arrives. Withdrawing tells nobody.
    """
    if event.withdraw:
        return
    if not is_list(event):
        entry = _entry(event, address_of(event), None, now, handed_on=handed_on)
        yield replace(entry, user=event.to[0].user if event.to else None)
    else:
        yield from entries_for(event, named(event), now=now)


def named(event: Event) -> list[Recipient]:
    """Return whom a list names, of several with one address the first."""
    first = {each.address: each for each in reversed(event.to)}
    return list(reversed(first.values()))


def entries_for(event: Event, recipients: Iterable[Recipient], *, now: datetime) -> Iterable[DeliveryEntry]:
    """Yield a delivery for each of these recipients of a list."""
    for recipient in recipients:
        entry = _entry(event, recipient.address, wire.encode_recipient(recipient), now, handed_on=False)
        yield replace(entry, user=recipient.user)


def _entry(event: Event, address: str, recipient: bytes | None, now: datetime, *, handed_on: bool) -> DeliveryEntry:
    return DeliveryEntry(
        id=delivery_id(event.id, event.target, address),
        event=event,
        address=address,
        recipient=recipient,
        due_at=due_of(event, now=now),
        created_at=now,
        state=State.HELD if event.hold else State.SCHEDULED,
        reason=_held(event) if event.hold else None,
        handed_on=handed_on,
    )


def _held(event: Event) -> str:
    return f"published to be held by {event.by or event.producer or 'the app'}"
