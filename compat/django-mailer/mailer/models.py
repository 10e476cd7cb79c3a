"""What stood in django-mailer's models and is no model any more: priorities, a message to be saved later, the list.

There is nothing to query here. What waits and what was is in Columba's log: `manage.py columba list`, `explain`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from columba_producer.django.backend import EmailBackend
from columba_producer.django.log import log_url
from columba_producer.django.priority import Priority, said_of
from columba_producer.django.publishing import producer
from django.core.mail import EmailMessage
from django.db import transaction

from mailer import get_priority
from mailer.deprecated import tell

PRIORITY_HIGH: Final = 1
PRIORITY_MEDIUM: Final = 2
PRIORITY_LOW: Final = 3
PRIORITY_DEFERRED: Final = 4
PRIORITIES: Final = [
    (PRIORITY_HIGH, "high"),
    (PRIORITY_MEDIUM, "medium"),
    (PRIORITY_LOW, "low"),
    (PRIORITY_DEFERRED, "deferred"),
]
PRIORITY_MAPPING: Final = {name: number for number, name in PRIORITIES}
RESULT_SUCCESS: Final = "1"
RESULT_DONT_SEND: Final = "2"
RESULT_FAILURE: Final = "3"
RESULT_CODES: Final = ((RESULT_SUCCESS, "success"), (RESULT_DONT_SEND, "don't send"), (RESULT_FAILURE, "failure"))


class _NoQueries:
    """In place of a manager: says where one looks now."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"objects.{name}: there are no rows any more; ask `manage.py columba list`, or explain")


@dataclass(slots=True, kw_only=True)
class Message:
    """A mail that is queued by `save()`, and not before."""

    email: Any = None
    priority: Priority | None = None
    objects = _NoQueries()

    @property
    def subject(self) -> str:
        """The mail's."""
        return str(self.email.subject) if self.email is not None else ""

    @property
    def to_addresses(self) -> list[str]:
        """The mail's."""
        return list(self.email.to) if self.email is not None else []

    def save(self) -> None:
        """Queue it; saved twice, it is queued twice."""
        self.email.columba = {**getattr(self.email, "columba", {}), **said_of(self.priority)}
        EmailBackend().send_messages([self.email])


class MessageLog:
    """The attempts of before are in Columba's log, once they were imported."""

    objects = _NoQueries()


def make_message(  # noqa: PLR0917 - this is django-mailer's signature
    subject: str = "",
    body: str = "",
    from_email: str | None = None,
    to: Sequence[str] | None = None,
    bcc: Sequence[str] | None = None,
    attachments: Sequence[Any] | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | str | None = None,
) -> Message:
    """Return a mail that is queued once it is saved; its `email` may be replaced before.

    Nobody is filtered out here: who is on Columba's suppression list is left out as it is delivered.
    """
    tell("mailer.models.make_message", "an EmailMessage, and columba_producer.django.EmailBackend")
    mail = EmailMessage(subject, body, from_email, to, bcc, attachments=attachments, headers=headers)
    return Message(email=mail, priority=get_priority(priority))


class _DontSendEntries:
    """Columba's suppression list, by the two calls that there were for it."""

    def create(self, *, to_address: str, when_added: datetime | None = None) -> "DontSendEntry":
        """Suppress an address, once the transaction around this is committed."""
        entry = DontSendEntry(to_address=to_address, when_added=when_added)
        entry.save()
        return entry

    def has_address(self, address: str) -> bool:
        """Say whether the address is suppressed."""
        from columba_producer.suppression_list import SuppressionList  # noqa: PLC0415 - needs SQLAlchemy

        return bool(SuppressionList(_log()).matching(address, target="email"))


@dataclass(slots=True, kw_only=True)
class DontSendEntry:
    """An address that gets no mail: an entry of Columba's suppression list."""

    to_address: str
    when_added: datetime | None = field(default=None)
    objects = _DontSendEntries()

    def save(self) -> None:
        """Suppress it, once the transaction around this is committed."""
        tell("mailer.models.DontSendEntry", "columba_producer.suppression_list.SuppressionList")
        transaction.on_commit(partial(_suppress, self.to_address), using=producer().configuration.outbox)


def _suppress(address: str) -> None:
    from columba_producer.suppression_list import SuppressionList  # noqa: PLC0415 - needs SQLAlchemy

    SuppressionList(_log()).suppress(address, target="email", why="a DontSendEntry")


def _log() -> str:
    return log_url()
