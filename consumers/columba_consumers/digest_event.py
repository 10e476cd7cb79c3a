"""What a renderer is given for a digest: the events that it tells, in the order in which they were published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from columba_shared.event import Event
from msgspec import Struct


class ToldEvent(Struct, frozen=True, kw_only=True):
    """One event of a digest.

    ``context`` is what the event told, and over that what it said of this recipient; ``thing`` is what the app's loader
    returned for ``about``, None where there is none.
    """

    id: UUID
    created_at: datetime
    context: dict[str, Any]
    about: str | None = None
    thing: Any = None


class DigestEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The event of a digest, which has no context of its own, and what it tells: never nothing."""

    events: tuple[ToldEvent, ...] = ()
