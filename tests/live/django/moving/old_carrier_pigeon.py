"""A database of django-carrier-pigeon 0.1.1: its tables, and rows in them as it keeps them in SQLite."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

_TABLES: Final = """
CREATE TABLE django_content_type (
    id integer PRIMARY KEY, name varchar(100), app_label varchar(100), model varchar(100)
);
CREATE TABLE carrier_pigeon_itemtopush (
    id integer PRIMARY KEY, rule_name varchar(50) NOT NULL, push_url varchar(300) NOT NULL,
    creation_date datetime NOT NULL, last_push_attempts_date datetime, push_attempts integer unsigned NOT NULL,
    status integer unsigned NOT NULL, message text NOT NULL, content_type_id integer NOT NULL,
    object_id integer unsigned NOT NULL
);
INSERT INTO django_content_type VALUES (7, 'story', 'gazette', 'story');
"""
_BEGIN: Final = datetime(2026, 11, 1, 9)  # noqa: DTZ001 - as SQLite keeps them


def old_database(path: Path, rows: Sequence[tuple[Any, ...]]) -> str:
    """Make one with these rows: rule, push URL, status, message and content type; return its URL."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_TABLES)
        for number, (rule, url, state, message, sort) in enumerate(rows, 1):
            at = str(_BEGIN + timedelta(minutes=number))
            values = (number, rule, url, at, None, 0, state, message, sort, 40 + number)
            connection.execute(f"INSERT INTO carrier_pigeon_itemtopush VALUES ({', '.join('?' * 10)})", values)  # noqa: S608 - no values
    return f"sqlite:///{path}"
