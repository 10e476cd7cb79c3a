"""`columba files`: what lies at a destination, and what of it is old."""

import os
import time
from pathlib import Path
from uuid import uuid4

from columba_consumers.cli.shapes import SHAPES
from columba_consumers.targets.files.draft import Draft

from tests.contract.cli.shell import Shell
from tests.system.forks import Json

DAY = 86_400.0


def out(shell: Shell, **files: str) -> Path:
    """Make a destination with files, and set it."""
    folder = shell.folder / "out"
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    shell.settings["COLUMBA_FILES_DESTINATIONS"] = f"archive=file://{folder}; other=file://{shell.folder}/none"
    return folder


def names(line: Json, shape: str) -> None:
    assert set(line) == set(SHAPES[shape].split())


def aged(path: Path, days: float) -> Path:
    """Make a file that nobody has changed for so long."""
    path.write_text(path.read_text() if path.exists() else "half a fi")
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def test_two_folders_are_compared_by_what_is_in_their_files(embedded: Shell) -> None:
    folder = out(embedded, a="1", b__c="2", d="3")
    here = embedded.folder / "here"
    (here / "b").mkdir(parents=True)
    for name, text in {"a": "1", "b/c": "2", "d": "3"}.items():
        (here / f"{name}.txt").write_text(text)
    (folder / Draft(delivery=uuid4(), again=False).name(0)).write_text("half a fi")
    same = embedded.run("files", "compare", "archive", str(here), "--json").lines[0]
    names(same, "files compare")
    assert (same["same"], same["files"], same["unfinished"]) == (True, 3, 1)
    assert same["tree"] == same["local_tree"]
    (here / "d.txt").write_text("4")
    (here / "e.txt").write_text("5")
    (here / "a.txt").unlink()
    differs = embedded.run("files", "compare", "archive", str(here), "--json", status=1).lines[0]
    assert (differs["missing"], differs["extra"], differs["changed"]) == (["e.txt"], ["a.txt"], ["d.txt"])
    assert "3 files" in embedded.run("files", "compare", "archive", str(here), status=1).stdout
    alone = embedded.run("files", "compare", "archive", "--json").lines[0]
    names(alone, "files compare DESTINATION")
    assert set(alone["contents"]) == {"a.txt", "b/c.txt", "d.txt"}


def test_only_what_is_old_is_cleaned_away_and_only_if_told(embedded: Shell) -> None:
    folder = out(embedded, old="1", new="2")
    aged(folder / "old.txt", 40)
    left = [aged(folder / Draft(delivery=uuid4(), again=False).name(0), days) for days in (2, 0.5)]
    dry = embedded.run("files", "clean", "--dry-run", "--older-than", "30d", "--json").lines
    names(dry[0], "files clean")
    assert [line["destination"] for line in dry] == ["archive", "other"]
    assert (dry[0]["unfinished"], dry[0]["exports"]) == ([left[0].name], ["old.txt"])
    assert left[0].exists()
    embedded.run("files", "clean", "archive", status=2)
    embedded.run("files", "clean", "archive", "--yes")
    assert {path.name for path in folder.iterdir()} == {"old.txt", "new.txt", left[1].name}
    embedded.run("files", "clean", "archive", "--yes", "--older-than", "30d", "--unfinished", "1h")
    assert {path.name for path in folder.iterdir()} == {"new.txt"}


def test_what_cannot_be_done_is_said(embedded: Shell) -> None:
    assert "COLUMBA_FILES_DESTINATIONS is not set" in embedded.run("files", "compare", "x", status=1).stderr
    out(embedded, a="1")
    assert "has archive, other" in embedded.run("files", "compare", "x", status=2).stderr
    embedded.settings["COLUMBA_FILES_DESTINATIONS"] = "partner=ftp://user:secret@127.0.0.1:1/in"
    told = embedded.run("files", "compare", "partner", status=1).stderr
    assert "partner: 127.0.0.1:1: " in told
    assert "secret" not in told


def test_where_a_login_leads_nothing_old_goes_unless_asked_for(embedded: Shell) -> None:
    out(embedded, old="1")
    embedded.settings["COLUMBA_FILES_DESTINATIONS"] += "; partner=ftp://user:secret@127.0.0.1:1"
    told = embedded.run("files", "clean", "--yes", "--older-than", "30d", status=2).stderr
    assert "partner: its folder is the login's own" in told
    told = embedded.run("files", "clean", "partner", "--older-than", "30d", "--in-homes", status=1).stderr
    assert "partner: 127.0.0.1:1: " in told


def test_a_destination_that_is_away_keeps_no_other_from_being_cleaned(embedded: Shell) -> None:
    left = aged(out(embedded, new="1") / Draft(delivery=uuid4(), again=False).name(0), 2)
    archive = embedded.settings["COLUMBA_FILES_DESTINATIONS"]
    embedded.settings["COLUMBA_FILES_DESTINATIONS"] = f"partner=ftp://user:secret@127.0.0.1:1/in; {archive}"
    ran = embedded.run("files", "clean", "--yes", "--json", status=1)
    assert "partner: 127.0.0.1:1: " in ran.stderr
    assert [line["destination"] for line in ran.lines] == ["archive", "other"]
    assert not left.exists()
