"""What an app asks for: one call of `enqueue` as a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Self, TypeAlias, TypedDict

from columba_shared.attachment import Attachment
from columba_shared.errors import InvalidEvent
from columba_shared.event import Recipient
from columba_shared.raw_email import RawEmail

from columba_producer.digest import Digest
from columba_producer.fallback import Fallback
from columba_producer.user import User

Whom: TypeAlias = str | Recipient | User | Iterable[str | Recipient | User]
To: TypeAlias = Whom | Mapping[str, Whom] | None
"""Whom an app may name: addresses, recipients, users of the address book; or for each target its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRequest:
    """The arguments of `enqueue`; nothing is checked before an event is made of it.

    ``about`` is a thing of the app's, such as ``invoice:42``, which consumers look up when they deliver.
    ``expires`` as a timedelta counts from when the event is due. Several targets mean one message each under one id;
    a ``fallback`` tells by another target whom the one before has not reached in time.

    Published again under the same ``key`` while it waits, an event of the kind moves to the new time and says the new
    thing; ``max_wait`` bounds how long it can be put off so. ``hold`` keeps it until somebody approves or cancels it,
    or until it is due if ``auto`` says which ("approve" or "cancel", with ``defer_for`` or ``at``); with ``four_eyes``
    ``by``, who caused it, may not approve it. ``category`` is what people can opt out of, by default the kind's first
    word. ``attachments`` go with every mail that is made of the event; a ``mail`` that is finished goes out
    byte for byte, and neither renderers nor templates are asked. With ``digest`` it is told together with others of its
    kind, in one message; ``key`` then narrows which.
    """

    kind: str
    to: To = None
    audience: str | None = None
    target: str | Iterable[str] = "email"
    fallback: Fallback | Iterable[Fallback] | None = None
    context: Mapping[str, Any] | None = None
    about: str | None = None
    attachments: Attachment | Iterable[Attachment] = ()
    mail: RawEmail | None = None
    defer_for: timedelta | None = None
    at: datetime | None = None
    lane: str = "normal"
    expires: datetime | timedelta | None = None
    key: str | None = None
    digest: Digest | None = None
    max_wait: timedelta | None = None
    hold: bool = False
    auto: str | None = None
    four_eyes: bool = False
    by: str | None = None
    category: str | None = None
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


class Said(TypedDict, total=False):
    """What may be said of an event besides its kind, as the keywords of `enqueue`."""

    to: To
    audience: str | None
    target: str | Iterable[str]
    fallback: Fallback | Iterable[Fallback] | None
    context: Mapping[str, Any] | None
    about: str | None
    attachments: Attachment | Iterable[Attachment]
    mail: RawEmail | None
    defer_for: timedelta | None
    at: datetime | None
    lane: str
    expires: datetime | timedelta | None
    key: str | None
    digest: Digest | None
    max_wait: timedelta | None
    hold: bool
    auto: str | None
    four_eyes: bool
    by: str | None
    category: str | None
    idempotency_key: str | None
