"""The first way of an event, from the producer or from the relay: at once to its target, or into a wait."""

from datetime import datetime, timedelta
from typing import Final

from columba_shared.envelope import Envelope
from columba_shared.event import Event
from columba_shared.publishing.message import Copy, Message

SHORTEST_WAIT: Final = timedelta(milliseconds=100)
"""Below this no delay queue helps: the event goes to its target, and who receives it waits out the rest."""


def departure(event: Event, body: bytes, *, now: datetime) -> Message:
    """Return the message that sends this event, whose encoded form is ``body``, on its way."""
    copy = Copy.of(event, body, event.id)
    remaining = timedelta(0) if event.due_at is None else event.due_at - now
    envelope = Envelope(due_at=event.due_at if remaining > timedelta(0) else None)
    if event.needs_ledger:
        return copy.to_ledger(envelope)
    if remaining <= timedelta(0):
        return copy.now(envelope)
    return copy.now(envelope) if remaining < SHORTEST_WAIT else copy.later(envelope, remaining)
