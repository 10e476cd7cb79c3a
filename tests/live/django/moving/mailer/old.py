"""A database of django-mailer 2.3: its tables, and mails in them as it keeps them."""

import base64
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.core.mail import EmailMessage, EmailMultiAlternatives

_TABLES: Final = """
CREATE TABLE mailer_message (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT, message_data text NOT NULL, when_added datetime NOT NULL,
    priority smallint unsigned NOT NULL, retry_count integer NOT NULL
);
CREATE TABLE mailer_messagelog (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT, message_data text NULL, message_id text NULL,
    when_added datetime NOT NULL, priority smallint unsigned NOT NULL, when_attempted datetime NOT NULL,
    result varchar(1) NOT NULL, log_message text NOT NULL
);
CREATE TABLE mailer_dontsendentry (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT, to_address varchar(254) NOT NULL, when_added datetime NOT NULL
);
"""
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

    path: Path

    @property
    def url(self) -> str:
        """Where `columba import` finds it."""
        return f"sqlite:///{self.path}"

    def queue(self, mail: object, priority: int = MEDIUM, *, minute: int = 0) -> None:
        """Put a mail into the queue; what is a text stands there as it is."""
        data = mail if isinstance(mail, str) else pickled(mail)
        self._insert("mailer_message", message_data=data, when_added=_at(minute), priority=priority, retry_count=0)

    def log(
        self, mail: EmailMessage | None, result: str, problem: str = "", *, minute: int = 0, later: int = 1
    ) -> None:
        """Note an attempt at a mail that was queued at this minute."""
        self._insert(
            "mailer_messagelog",
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
        self._insert("mailer_dontsendentry", to_address=address, when_added=_at(0))

    def _insert(self, table: str, **values: Any) -> None:  # noqa: ANN401 - whatever a column takes
        places = ", ".join("?" * len(values))
        with _opened(self.path) as connection:
            connection.execute(
                f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})",  # noqa: S608 - names of ours
                list(values.values()),
            )


def old_database(path: Path) -> Old:
    """Make the tables."""
    with _opened(path) as connection:
        connection.executescript(_TABLES)
    return Old(path=path)


def _at(minute: int) -> str:
    return (BEGIN + timedelta(minutes=minute)).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection
