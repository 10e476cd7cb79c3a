"""`columba import carrier-pigeon`: what waits goes on waiting, what was is on record, and nothing of it twice."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from columba_consumers.cli.program import program
from columba_consumers.importing.taking import PURGED

from tests.live.django.moving.old_carrier_pigeon import old_database

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


def test_what_waits_goes_on_and_what_was_is_on_record_and_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMBA_TARGETS", "files")
    monkeypatch.setenv("COLUMBA_FILES_DESTINATIONS", "partner-1=ftp://joe:d%3Bo%40ve@ftp.example.com/in")
    command = ("import", "carrier-pigeon", "--from", old_database(tmp_path / "old.sqlite3", _ROWS), "--json")
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

    _columba("purge", "--older-than", "1d", "--yes", status=0)
    for more in ("--dry-run",), ():
        *_, table = _lines(_columba(*command, *more, status=1))
        assert (table["new"], table["known"], table["left"][PURGED]) == (0, 2, 2)
    assert len(_lines(_columba("list", "--json", "--all", status=0))) == 2
