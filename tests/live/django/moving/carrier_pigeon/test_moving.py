"""An app that was written for django-carrier-pigeon, on Columba, with nothing but its settings changed.

The ids are those of its behaviours, as docs/migrating/carrier-pigeon.md has them row by row.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.live.django.project import bare_environment
from tests.services import vsftpd
from tests.services.file_servers import file_servers
from tests.services.needed import needed
from tests.services.ports import LOOPBACK

_HERE: Final = Path(__file__).parent
_COMPAT: Final = Path(__file__).parents[5] / "compat" / "django-carrier-pigeon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazette:
    """The project, after a day and a push."""

    folder: Path
    partner: Path
    """What the partner's server has."""
    environment: dict[str, str]
    said: dict[str, Any]
    pushed: "subprocess.CompletedProcess[str]"

    def deliveries(self) -> list[Any]:
        """Return what the log has."""
        engine = connect(f"sqlite:///{self.folder / 'gazette.sqlite3'}")
        with engine.connect() as connection:
            found = list(connection.execute(select(delivery)))
        engine.dispose()
        return found

    @property
    def outbox(self) -> Path:
        """The copies on this machine."""
        return self.folder / "export" / "partner" / "outbox"


def _run(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = (sys.executable, *arguments)
    return subprocess.run(command, check=False, cwd=_HERE, env=environment, capture_output=True, text=True)  # noqa: S603 - ours


def _as_ever(port: int) -> str:
    """Return a push URL as one writes them for django-carrier-pigeon: the password stands in it as it is (CP-82)."""
    return f"ftp://{vsftpd.USER}:{vsftpd.PASSWORD}@{LOOPBACK}:{port}"  # CP-79: a port


@pytest.fixture(scope="module")
def gazette(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazette]:
    folder = tmp_path_factory.mktemp("gazette")
    with file_servers() as servers, needed():
        environment = {
            **bare_environment(),
            "DJANGO_SETTINGS_MODULE": "gazette_settings",
            "GAZETTE_FOLDER": str(folder),
            "GAZETTE_FTP": _as_ever(servers.start("vsftpd").port),
            "PYTHONPATH": os.pathsep.join(map(str, (_COMPAT, _HERE))),
        }
        day = _run(environment, "gazette_day.py")
        assert day.returncode == 0, day
        pushed = _run(environment, "-m", "django", "pigeon_push")
        yield Gazette(
            folder=folder,
            partner=servers.files("vsftpd"),
            environment=environment,
            said=json.loads(day.stdout),
            pushed=pushed,
        )


_PARTNER: Final = ["partner", "gazette.story:1", ["partner-outbox", "partner-2"]]
_ZIPPED: Final = ["zippartner", "gazette.story:1", ["zippartner-outbox", "zippartner-1"]]


def test_what_is_saved_is_queued_as_ever(gazette: Gazette) -> None:
    said = gazette.said
    assert said["created"] == [_PARTNER, _ZIPPED]  # CP-12, CP-15: one delivery for each URL, and the copy; CP-17
    assert said["draft"] == ["Draft", []]  # CP-12
    assert said["unwanted"] == []  # CP-12: filter_by_updates
    assert said["rolled back"] == []  # CP-20
    assert said["updated"] == said["twice"] == [_PARTNER, _ZIPPED]  # CP-16: twice in a transaction is once
    assert said["then another field"] == said["then a relation"] == [_PARTNER, _ZIPPED]  # of all that was saved in it
    assert said["a relation alone"] == []
    assert said["hooks"] == [1, 1]  # CP-18: once for each rule
    assert said["rules"] == ["nowhere", "partner", "readmeconfig", "weekly", "zippartner"]  # CP-9
    assert said["by hand"] == [_PARTNER]  # CP-19
    assert said["dummy"] == []  # CP-85, without an output directory
    assert said["readme"] == [["readmeconfig", "gazette.brief:1", ["readmeconfig-outbox", "readmeconfig-1"]]]


def test_what_was_modified_is_known_as_ever(gazette: Gazette) -> None:
    said = gazette.said
    assert said["after"] == []  # CP-5, and CP-6: also with the mixin behind models.Model
    assert said["same"] == []  # CP-2
    assert said["back"] == ["content"]  # CP-3
    assert said["loaded"] == [[], "", []]  # CP-4, and what was deferred


def test_a_filter_that_fails_costs_neither_the_save_nor_other_rules(gazette: Gazette) -> None:
    assert gazette.said["trap"] == [[], ["nowhere for_state", "partner for_state", "zippartner for_state"]]  # CP-13


def test_what_is_old_says_so(gazette: Gazette) -> None:
    assert any("gazette.feeds.Partner" in each for each in gazette.said["told"])
    assert gazette.said["statuses"][:2] == [10, 180]  # CP-25
    assert gazette.said["statuses"][2].endswith(">= 100")  # CP-26


def test_files_arrive_as_ever_and_copies_stay(gazette: Gazette) -> None:
    expected = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b"<story><title>Two eggs</title><photo>1.jpg</photo><of>4</of></story>\n"
    )
    for place in (gazette.partner / "in", gazette.outbox):
        assert _tree(place) == {"NEWS_1.xml": expected, "medias/1.jpg": b"coucou"}  # CP-45 to CP-47, CP-56, CP-77
    with ZipFile(gazette.partner / "zip" / "news.zip") as archive:  # CP-61
        assert {name: archive.read(name) for name in archive.namelist()} == _tree(gazette.outbox)
    assert _tree(gazette.partner / "readme") == {"test/gazette_brief_1.xml": b"<brief>So</brief>\n"}


def test_what_became_of_each_is_on_record_and_in_the_exit_status(gazette: Gazette) -> None:
    assert gazette.pushed.returncode == 1  # CP-91's kin
    assert "columba up --once" in gazette.pushed.stderr
    told = {(each.kind.partition(".")[2], each.state, each.reason) for each in gazette.deliveries()}
    dead = {(kind, reason) for kind, state, reason in told if state == "dead"}
    assert {kind for kind, _ in dead} == {"partner", "zippartner"}
    assert all("NEWS_5.xml: WellformedXmlValidator: ExpatError" in reason for _, reason in dead)  # CP-48, CP-51, CP-52
    assert {reason for _, state, reason in told if state == "skipped"} == {"gazette.story:4 is gone"}  # CP-34


def test_validators_judge_as_ever_and_are_not_deceived(gazette: Gazette) -> None:
    assert gazette.said["validators"] == [True, "Invalid", True, "DocumentInvalid", "ExpatError"]  # CP-52 to CP-54


def test_the_other_commands_do_as_ever_and_say_the_truth(gazette: Gazette) -> None:
    ran = _run(gazette.environment, "gazette_evening.py")
    said = json.loads(ran.stderr.splitlines()[-1])
    assert said["no mass rule"] == "there is no mass rule 'partner'; there are weekly"  # CP-92
    assert (said["mass"], said["none"]) == ("Job ran correctly", "There is nothing to push")  # CP-90
    assert said["lost"].startswith("1 failed: story:6: LookupError: nobody is there for it")
    for place in (gazette.partner / "weekly", gazette.folder / "export" / "weekly" / "outbox"):
        with ZipFile(place / "weekly.zip") as archive:
            assert archive.namelist() == ["NEWS_2.xml"]
    sent, dead = said["before"]["sent"], said["before"]["dead"]
    assert f"{sent} deliveries, {sent} attempts" in ran.stdout  # CP-93
    assert said["dry"] == {"sent": sent, "dead": dead}
    assert said["cleaned"] == {"dead": dead}  # CP-93: what has failed is kept; CP-94: not inherited
    assert said["copy"] is False  # CP-95
    assert said["checks"] == [1, 2], ran  # CP-96: 1 was never seen


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
