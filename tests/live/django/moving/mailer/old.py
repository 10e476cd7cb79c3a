"""A database of django-mailer 2.3: its tables, and mails in them as it keeps them."""

import base64
import pickle
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.mail import EmailMessage, EmailMultiAlternatives
from sqlalchemy import Column, DateTime, Integer, MetaData, SmallInteger, String, Table, Text, create_engine, insert

_TABLES: Final = MetaData()
_MOMENT: Final = DateTime(timezone=True)
MESSAGE: Final = Table(
    "mailer_message",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("message_data", Text, nullable=False),
    Column("when_added", _MOMENT, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("retry_count", Integer, nullable=False),
)
LOG: Final = Table(
    "mailer_messagelog",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("message_data", Text),
    Column("message_id", Text),
    Column("when_added", _MOMENT, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("when_attempted", _MOMENT, nullable=False),
    Column("result", String(1), nullable=False),
    Column("log_message", Text, nullable=False),
)
DONT_SEND_ENTRY: Final = Table(
    "mailer_dontsendentry",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("to_address", String(254), nullable=False),
    Column("when_added", _MOMENT, nullable=False),
)
HIGH, MEDIUM, LOW, DEFERRED = 1, 2, 3, 4
SUCCESS, DONT_SEND, FAILURE = "1", "2", "3"
BEGIN: Final = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def html_mail(subject: str, *to: str, message_id: str | None = None) -> EmailMultiAlternatives:
    """Return a mail in text and HTML."""
    headers = {"Message-ID": message_id} if message_id else {}
    mail = EmailMultiAlternatives(subject, "Hello", "shop@example.com", list(to), headers=headers)
    mail.attach_alternative("<p>Hello</p>", "text/html")
    return mail


def pickled(mail: object) -> str:
    """Return it as the queue has it."""
    return base64.encodebytes(pickle.dumps(mail)).decode("ascii")


def of_older_django(mail: EmailMultiAlternatives) -> EmailMultiAlternatives:
    """Return a mail whose parts are plain tuples, as they were before Django 5.2."""
    mail.alternatives = [tuple(each) for each in mail.alternatives]
    return mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """The database, written to as django-mailer does."""

    url: str

    def queue(self, mail: object, priority: int = MEDIUM, *, minute: int = 0) -> None:
        """Put a mail into the queue; what is a text stands there as it is."""
        data = mail if isinstance(mail, str) else pickled(mail)
        self._insert(MESSAGE, message_data=data, when_added=_at(minute), priority=priority, retry_count=0)

    def log(
        self, mail: EmailMessage | None, result: str, problem: str = "", *, minute: int = 0, later: int = 1
    ) -> None:
        """Note an attempt at a mail that was queued at this minute."""
        self._insert(
            LOG,
            message_data=None if mail is None else pickled(mail),
            message_id=None if mail is None else mail.extra_headers.get("Message-ID"),
            when_added=_at(minute),
            priority=MEDIUM if result == SUCCESS else DEFERRED,
            when_attempted=_at(minute + later),
            result=result,
            log_message=problem,
        )

    def leave_out(self, address: str) -> None:
        """Put an address on the list of those that get nothing."""
        self._insert(DONT_SEND_ENTRY, to_address=address, when_added=_at(0))

    def _insert(self, table: Table, **values: Any) -> None:  # noqa: ANN401 - whatever a column takes
        engine = create_engine(self.url)
        with engine.begin() as connection:
            connection.execute(insert(table), values)
        engine.dispose()


def old_database(url: str) -> Old:
    """Make the tables."""
    engine = create_engine(url)
    _TABLES.create_all(engine)
    engine.dispose()
    return Old(url=url)


def _at(minute: int) -> datetime:
    return BEGIN + timedelta(minutes=minute)
