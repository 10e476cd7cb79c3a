"""The links by which people leave: in the headers of mails of every category that may be left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from columba_shared.address import folded
from columba_shared.event import Event, Recipient
from columba_shared.settings import Settings
from msgspec.structs import replace

from columba_consumers.delivery.parcel import Parcel
from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.target import Content
from columba_consumers.unsubscribe.tokens import Leaving, Tokens

LIFETIME: Final = timedelta(days=400)
"""Mails are kept, and read again; a link that is good for ever could be found in an old backup by anybody."""
_LINK: Final = "List-Unsubscribe"
_POST: Final = "List-Unsubscribe-Post"
_ONE_CLICK: Final = "List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Puts the headers into messages."""

    url: str
    categories: frozenset[str]
    tokens: Tokens

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """Return what the settings ask for; None: no mail has such links."""
        if settings.unsubscribe_url is None:
            return None
        categories = frozenset(settings.unsubscribe_categories)
        tokens = Tokens(settings.unsubscribe_keys)
        return cls(url=settings.unsubscribe_url.rstrip("/"), categories=categories, tokens=tokens)

    def headed(self, message: Content, parcel: Parcel) -> Content:
        """Return the message with its headers; the same for every attempt. What the app has set itself is left."""
        if parcel.event.filed_under not in self.categories:
            return message
        return self.previewed(message, parcel.event, parcel.recipient, asked=parcel.delivery_entry.asked)

    def previewed(self, message: Content, event: Event, recipient: Recipient, *, asked: datetime) -> Content:
        """Return the same of a message that nobody has published, or is about to be made again."""
        if event.filed_under not in self.categories or not isinstance(message, EmailMessage):
            return message
        if any(name.lower() == _LINK.lower() for name in message.headers):
            return message
        leaving = _leaving(event, recipient, expires=int((asked + LIFETIME).timestamp()))
        headers = {_LINK: f"<{self.url}/{self.tokens.sign(leaving)}>", _POST: _ONE_CLICK}
        return replace(message, headers={**message.headers, **headers})


def _leaving(event: Event, recipient: Recipient, *, expires: int) -> Leaving:
    given = Leaving(expires=expires, target=event.target, category=event.filed_under)
    if recipient.user:
        return replace(given, user=recipient.user)
    return replace(given, address=folded(recipient.address))
