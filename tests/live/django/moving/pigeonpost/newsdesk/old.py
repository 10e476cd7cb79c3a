"""The original's tables, as its last version makes them on SQLite, and rows of theirs."""

import base64
import pickle
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

TABLES: Final = """
CREATE TABLE pigeonpost_pigeon (id integer PRIMARY KEY, source_content_type_id integer NOT NULL, source_id integer,
  successes integer NOT NULL, failures integer NOT NULL, to_send bool NOT NULL, sent_at datetime, send_to_id integer,
  send_to_method text, render_email_method text NOT NULL, scheduled_for datetime NOT NULL);
CREATE TABLE pigeonpost_outbox (id integer PRIMARY KEY, pigeon_id integer, user_id integer NOT NULL,
  message text NOT NULL, sent_at datetime, succeeded bool NOT NULL, failures integer NOT NULL)
"""
_OTHERS: Final = """
CREATE TABLE django_content_type (id integer PRIMARY KEY, app_label text, model text);
CREATE TABLE auth_user (id integer PRIMARY KEY, username text, email text);
INSERT INTO django_content_type VALUES (1, 'newsdesk', 'story');
INSERT INTO auth_user VALUES (1, 'ann', 'ann@example.org'), (2, 'bob', 'bob@example.org'), (3, 'mute', '')
"""
DUE: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Cursor(Protocol):
    """What runs statements."""

    def execute(self, statement: str, values: Any = ..., /) -> object:  # noqa: ANN401 - each driver has its own
        """Run one."""


def make_tables(cursor: Cursor) -> None:
    """Make them."""
    for statement in TABLES.split(";"):
        cursor.execute(statement)


def pigeon(kind: int, source: int | None, **more: object) -> tuple[object, ...]:
    """Return a row of a pigeon without its number; by default one that waits, about an object and for everybody."""
    values = {
        "failures": 0,
        "to_send": True,
        "sent_at": None,
        "send_to": None,
        "send_to_method": None,
        "render_email_method": "render_email",
        "scheduled_for": str(DUE.replace(tzinfo=None)),
    } | more
    return (kind, source, 0, *values.values())


def mail(pigeon_id: int | None, user: int, message: object, **more: object) -> tuple[object, ...]:
    """Return a row of the outbox without its number; by default one that is not sent yet."""
    kept = message if isinstance(message, str) else base64.encodebytes(pickle.dumps(message, 2)).decode()
    values = {"sent_at": None, "succeeded": False, "failures": 0} | more
    return (pigeon_id, user, kept, *values.values())


def insert(cursor: Cursor, table: str, row: tuple[object, ...], *, place: str = "?") -> None:
    """Write a row."""
    places = ", ".join([place] * len(row))
    cursor.execute(f"INSERT INTO {table} VALUES (NULL, {places})", row)  # noqa: S608 - ours


def old_database(path: Path, pigeons: list[tuple[object, ...]], mails: list[tuple[object, ...]]) -> tuple[str, ...]:
    """Return the command that imports from a database with these rows."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_OTHERS)
        make_tables(connection)
        for row in pigeons:
            insert(connection, "pigeonpost_pigeon", row)
        for row in mails:
            insert(connection, "pigeonpost_outbox", row)
    return ("import", "pigeonpost", "--from", f"sqlite:///{path}")
