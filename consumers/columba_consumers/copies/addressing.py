"""To whom an event goes that a message carries, and when: what a delivery has of its event, wherever it is found."""

from datetime import datetime

from columba_shared.errors import Malformed
from columba_shared.event import AUDIENCE_PREFIX, Event


def address_of(event: Event) -> str:
    """Return the address of the event's own delivery, which is a list's first; raises Malformed if it names nobody."""
    if event.audience is not None:
        return f"{AUDIENCE_PREFIX}{event.audience}"
    if not event.to:
        raise Malformed("the event does not name anybody")
    return event.to[0].address


def due_of(event: Event, *, now: datetime) -> datetime:
    """Return when an event that has come by now is due; its producer's clock may be ahead and delays nothing."""
    return event.due_at or min(event.created_at, now)
