"""What an app asks for: one call of `enqueue` as a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Self

from columba_shared.errors import InvalidEvent
from columba_shared.event import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRequest:
    """The arguments of `enqueue`; nothing is checked before an event is made of it."""

    kind: str
    to: str | Recipient | Iterable[str | Recipient] | None = None
    audience: str | None = None
    target: str | Iterable[str] = "email"
    context: Mapping[str, Any] | None = None
    defer_for: timedelta | None = None
    at: datetime | None = None
    lane: str = "normal"
    expires: datetime | timedelta | None = None
    idempotency_key: str | None = None

    @classmethod
    def of(cls, given: object) -> Self:
        """Return the request that was given as one, or as a mapping of its fields; raises InvalidEvent."""
        if isinstance(given, cls):
            return given
        if not isinstance(given, Mapping):
            raise InvalidEvent(
                "request", f"must be an EventRequest or a dict of its fields, not {type(given).__name__}"
            )
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise InvalidEvent(str(name)[:100], f"is no argument; there are {', '.join(known)}")
        if "kind" not in given:
            raise InvalidEvent("kind", "is missing")
        return cls(**given)
