"""Cleaning removes what somebody agreed to lose, and nothing else."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from columba_consumers.targets.files.cleaning import is_a_home, old, remove
from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.local import LocalFolder
from columba_shared.settings.file_destinations import destinations

NOW = datetime.now(UTC)


def aged(path: Path) -> Path:
    """Make a file that nobody has changed for two days."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("old")
    before = (NOW - timedelta(days=2)).timestamp()
    os.utime(path, (before, before))
    return path


async def test_a_file_that_is_another_by_now_stays(tmp_path: Path) -> None:
    there = LocalFolder(destinations(f"out=file://{tmp_path}")[0])
    fresh, gone = aged(tmp_path / "fresh.xml"), aged(tmp_path / "gone.xml")
    found = old(await there.entries(), drafts_before=NOW, exports_before=NOW - timedelta(days=1))
    assert {entry.name for entry in found.exports} == {"fresh.xml", "gone.xml"}
    fresh.write_text("new")
    removed = await remove(there, found)
    assert [entry.name for entry in removed.entries] == ["gone.xml"]
    assert (fresh.exists(), gone.exists()) == (True, False)
    await there.close()


async def test_hidden_files_and_folders_are_no_exports(tmp_path: Path) -> None:
    there = LocalFolder(destinations(f"out=file://{tmp_path}")[0])
    for name in (".profile", ".ssh/authorized_keys", "in/.cache/x", "in/a.xml"):
        aged(tmp_path / name)
    found = old(await there.entries(), drafts_before=NOW, exports_before=NOW)
    assert [entry.place for entry in found.entries] == ["in/a.xml"]
    await there.close()


async def test_what_was_set_aside_stays_however_old_its_content_is(tmp_path: Path) -> None:
    there = LocalFolder(destinations(f"out=file://{tmp_path}")[0])
    names = Draft(delivery=uuid4(), again=False)
    for name in (names.name(0), names.aside(0)):
        aged(tmp_path / name)
    found = old(await there.entries(), drafts_before=NOW, exports_before=NOW)
    assert [entry.place for entry in found.entries] == [names.name(0)]
    await there.close()


@pytest.mark.parametrize("folder", ["", "/", ".", "./", "//", "in/.."])
def test_where_a_login_leads_is_known(folder: str) -> None:
    assert is_a_home(folder)


@pytest.mark.parametrize("folder", ["in", "/srv/out", "./in", ".out"])
def test_a_folder_of_its_own_is_known(folder: str) -> None:
    assert not is_a_home(folder)
