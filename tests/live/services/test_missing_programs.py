"""A laptop without the servers skips their tests and says what to install; continuous integration fails."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import programs
from tests.services.errors import ProgramMissing
from tests.services.programs import Package

ABSENT = Package(name="nothing-server", programs=("nothingd",), hidden_in="/nowhere", user="nobody")
PROJECT = Path(__file__).parents[3]
WITHOUT_MARIADB = """
from tests.services import mariadb
from tests.services.programs import Package

class Absent(Package):
    def program(self, name):
        return Package.program(self, f"no-{name}")

mariadb.MARIADB = Absent(name="nothing-server", programs=(), hidden_in="/nowhere", user="nobody")
pytest_plugins = ["tests.services.fixtures"]
"""


def test_a_missing_program_names_its_debian_package() -> None:
    assert not ABSENT.installed()
    with pytest.raises(ProgramMissing, match="nothing-server"):
        ABSENT.program("nothingd")


def test_one_that_may_not_be_installed_beside_another_is_asked_for_by_another_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(programs, "PACKAGES", (ABSENT, dataclasses.replace(ABSENT, name="other-server", aside=True)))
    assert programs.missing() == ["nothing-server", "aside:other-server"]


def test_the_newest_version_of_a_program_is_taken(tmp_path: Path) -> None:
    for version in ("9", "15"):
        program = tmp_path / version / "bin" / "thing"
        program.parent.mkdir(parents=True)
        program.touch(mode=0o755)
    package = Package(name="thing", programs=("thing",), hidden_in=f"{tmp_path}/*/bin", user="nobody")
    assert package.program("thing") == str(tmp_path / "15" / "bin" / "thing")


@pytest.mark.parametrize(("setting", "status", "summary"), [("", 0, "1 skipped"), ("true", 1, "1 error")])
def test_a_missing_server_skips_a_test_on_a_laptop_and_fails_it_in_integration(
    tmp_path: Path, setting: str, status: int, summary: str
) -> None:
    (tmp_path / "conftest.py").write_text(WITHOUT_MARIADB)
    (tmp_path / "test_it.py").write_text("def test_with_a_database(mariadb_url): pass")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "CI": setting},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert summary in done.stdout
    assert "Debian's nothing-server" in done.stdout
