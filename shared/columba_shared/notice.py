"""A notice: a title and a text that the app has finished, which every channel says in its own way."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

import msgspec
from msgspec import Meta, Struct

from columba_shared.errors import InvalidEvent

CATEGORY: Final = "notification"
"""What people opt out of; the kind of a notice begins with it."""
MOST_ATTEMPTS: Final = 32_767
_CHANNELS: Final[Mapping[str, str]] = {"email": "email", "twilio": "sms", "expo": "push"}
_ODD: Final = re.compile(r"[^a-z0-9_-]")


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an event of a kind such as ``notification.message`` has as its context.

    ``body`` is HTML in a mail, and plain elsewhere. ``extra`` is what one channel alone understands, such as the sound
    of a push message. ``sender`` is whom a mail is from. ``attempts`` are how many it takes at most, the first
    included, and ``retry_seconds`` what lies between two of them; without these the target's settings say.
    """

    title: str
    body: str
    extra: dict[str, Any] = {}
    sender: str | None = None
    attempts: Annotated[int, Meta(ge=1, le=MOST_ATTEMPTS)] | None = None
    retry_seconds: Annotated[int, Meta(ge=0)] | None = None

    def as_context(self) -> dict[str, Any]:
        """Return it as an event carries it; raises InvalidEvent for what no event can."""
        try:
            checked = msgspec.convert(msgspec.to_builtins(self, enc_hook=_plain), type(self))
        except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
            raise InvalidEvent("notice", str(error)) from error
        found: dict[str, Any] = msgspec.to_builtins(checked)
        return found

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> Self:
        """Return the notice that an event carries; raises ValueError for what is none."""
        return msgspec.convert(context, cls)


def _plain(given: object) -> str:
    """Return what poses as a text, such as what a template of Django's has made, as one."""
    if isinstance(given, str):
        return str.__str__(given)
    raise TypeError(f"{type(given).__name__} is nothing that JSON has")


def channel_target(module: str) -> str:
    """Return the target that a channel of django-notification-system has become, by its module's name."""
    return _CHANNELS.get(module) or _ODD.sub("-", module.lower())


def channel_kind(module: str) -> str:
    """Return of which kind the notices of such a channel are."""
    return f"{CATEGORY}.{_ODD.sub('-', module.lower())}"
