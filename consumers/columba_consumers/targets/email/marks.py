"""Headers by which a provider is told which delivery a mail is: it takes them out, and names it in what it reports.

Of the providers whose reports come as webhooks, these two do not name the Message-ID, or not reliably.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from columba_shared.settings import Settings
from msgspec.structs import replace

from columba_consumers.email_message import EmailMessage

NAME: Final = "columba"
"""What providers give the id back as."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A header, and what stands around the id in it."""

    name: str
    before: str = ""
    behind: str = ""


_POSTMARK: Final = Mark(f"X-PM-Metadata-{NAME}")
_SENDGRID: Final = Mark("X-SMTPAPI", f'{{"unique_args":{{"{NAME}":"', '"}}')


@dataclass(frozen=True, slots=True)
class Marks:
    """Puts the headers into mails."""

    marks: tuple[Mark, ...]

    @classmethod
    def of(cls, hosts: Iterable[str], settings: Settings) -> Self | None:
        """Return those for providers to whose servers mail goes, or whose webhooks are set; None: no mail has any."""
        servers = [host.lower().rstrip(".") for host in hosts]
        found = []
        if settings.webhook_postmark_secret or any(_is_at(host, "postmarkapp.com") for host in servers):
            found.append(_POSTMARK)
        if settings.webhook_sendgrid_key or any(_is_at(host, "sendgrid.net") for host in servers):
            found.append(_SENDGRID)
        return cls(tuple(found)) if found else None

    def on(self, message: EmailMessage, delivery_id: UUID) -> EmailMessage:
        """Return the message with its headers; one that the app has set itself is left."""
        given = {name.lower() for name in message.headers}
        headers = {
            mark.name: f"{mark.before}{delivery_id.hex}{mark.behind}"
            for mark in self.marks
            if mark.name.lower() not in given
        }
        return replace(message, headers={**message.headers, **headers})


def _is_at(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
