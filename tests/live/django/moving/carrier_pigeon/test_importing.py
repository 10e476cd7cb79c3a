"""`columba import carrier-pigeon`: what waits goes on waiting, what was is on record, and nothing of it twice."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from columba_consumers.cli.program import program

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
_NEW, _IN_PROGRESS, _PUSHED, _SEND_ERROR, _FILTER_ERROR = 10, 20, 50, 130, 160
_ROWS: Final = (
    ("partner", "ftp://joe:d;o@ve@ftp.example.com/in", _NEW, "", 7),
    ("partner", "ftp://joe:d;o@ve@ftp.example.com/in", _IN_PROGRESS, "", 7),
    ("partner", "ftp://joe:d;o@ve@ftp.example.com/in/", _PUSHED, "push SUCCESS", 7),
    ("partner", "ftp://elsewhere.example.com", _SEND_ERROR, "push ERROR: 550", 7),
    ("partner", "ftp://joe:secret@elsewhere.example.com/x", _NEW, "", 7),
    ("partner", "", _FILTER_ERROR, "RuntimeError", 7),
    ("partner", "dummy://nobody", _PUSHED, "", 7),
    ("partner", "ftp://joe:d;o@ve@ftp.example.com/in", _NEW, "", 8),
)


def _columba(*arguments: str, status: int) -> str:
    ran = CliRunner().invoke(program, arguments)
    assert ran.exit_code == status, ran.output
    return str(ran.stdout)


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def _old(path: Path, rows: Sequence[tuple[Any, ...]]) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_TABLES)
        for number, (rule, url, state, message, sort) in enumerate(rows, 1):
            values = (number, rule, url, f"2026-11-01 09:{number:02}:00", None, 0, state, message, sort, 40 + number)
            connection.execute(f"INSERT INTO carrier_pigeon_itemtopush VALUES ({', '.join('?' * 10)})", values)  # noqa: S608 - no values
    return f"sqlite:///{path}"


def test_what_waits_goes_on_and_what_was_is_on_record_and_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMBA_TARGETS", "files")
    monkeypatch.setenv("COLUMBA_FILES_DESTINATIONS", "partner-1=ftp://joe:d%3Bo%40ve@ftp.example.com/in")
    command = ("import", "carrier-pigeon", "--from", _old(tmp_path / "old.sqlite3", _ROWS), "--json")
    _columba("migrate", status=0)

    *bad, table = _lines(_columba(*command, "--dry-run", status=1))
    assert (table["new"], table["known"], table["bad"]) == (4, 0, 2)
    assert _columba("list", "--json", status=0) == ""

    *bad, table = _lines(_columba(*command, status=1))
    assert (table["new"], table["known"], table["bad"]) == (4, 0, 2)
    assert {line["id"]: line["bad"] for line in bad} == {
        "5": "COLUMBA_FILES_DESTINATIONS has none for ftp://elsewhere.example.com/x",
        "8": "LookupError: django_content_type has no 8, so that nobody knows what it is about",
    }
    assert table["left"] == {
        "a filter had failed on it, and nothing was queued": 1,
        "its push URL led nowhere (dummy://)": 1,
    }
    listed = _lines(_columba("list", "--json", "--all", status=0))
    assert sorted((each["state"], each["address"], each["reason"]) for each in listed) == [
        ("dead", "partner", "push ERROR: 550"),
        ("scheduled", "partner-1", None),
        ("scheduled", "partner-1", None),
        ("sent", "partner-1", None),
    ]
    (dead,) = (each for each in listed if each["state"] == "dead")
    assert "gazette.story:44" in _columba("show", dead["id"], "--json", status=0)

    *_, table = _lines(_columba(*command, status=1))
    assert (table["new"], table["known"], table["bad"]) == (0, 4, 2)
