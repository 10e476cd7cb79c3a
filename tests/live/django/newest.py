"""An environment with the newest Django and what these tests need: made once, and kept while nothing changes."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROJECT: Final = Path(__file__).parents[3]
_FOLDER: Final = _PROJECT / ".venv-newest"
_PINNED: Final = _PROJECT / "requirements" / "dev.txt"
_LEAST: Final = (3, 12)
_WANTED: Final = """
alembic amqp asgiref babel click django iniconfig jinja2 kombu mako markupsafe msgspec packaging pluggy pygments pytest
pytest-asyncio python-dateutil six sqlalchemy sqlparse tenacity typing-extensions tzdata uvloop vine
"""
_BLOCK: Final = re.compile(r"^([a-z0-9-]+)==.*(?:\n +--hash.*)*", re.MULTILINE)


def newest_python() -> Path | None:
    """Return the newest Python there is from 3.12 on, as people keep them; None: there is none."""
    names = [f"python3.{minor}" for minor in range(20, _LEAST[1] - 1, -1)]
    found = [Path(path) for name in names if (path := shutil.which(name)) is not None]
    beside = Path(sys.base_prefix).parent.glob("3.*/bin/python")  # where the one that runs this was put, as pyenv does
    kept = sorted({*beside, *Path.home().glob(".pyenv/versions/3.*/bin/python")}, key=_version, reverse=True)
    return next((each for each in (*found, *kept) if _is_new(each)), None)


def environment(python: Path) -> Path:
    """Return the Python of an environment with the newest Django and what the tests need."""
    pinned = "\n".join(_pinned())
    told = hashlib.sha256(f"{python}\n{pinned}".encode()).hexdigest()
    folder = _FOLDER
    ready = folder / "ready"
    if not ready.is_file() or ready.read_text() != told:
        shutil.rmtree(folder, ignore_errors=True)
        _run(str(python), "-m", "venv", "--without-pip", str(folder))
        subset = folder / "requirements.txt"
        subset.write_text(pinned)
        options = ("--quiet", "--no-deps", "--require-hashes", "--disable-pip-version-check", "--no-compile")
        pip = (sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install")
        _run(*pip, *options, "--requirement", str(subset))
        named = folder / "columba_consumers-0.dist-info"
        named.mkdir()
        (named / "METADATA").write_text("Metadata-Version: 2.1\nName: columba-consumers\nVersion: 0\n")
        ready.write_text(told)
    return folder / "bin" / "python"


def run_tests(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there, with the packages as they lie here."""
    packages = [str(_PROJECT / name) for name in ("shared", "producer", "consumers")]
    packages.append(str(_FOLDER))  # where the commands find their version: none of the packages is installed
    alone = ("--confcutdir", str(Path(__file__).parent), "-p", "no:cacheprovider")  # without the servers' fixtures
    command = (str(python), "-m", "pytest", "-q", *alone, *arguments)
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(packages)}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=_PROJECT, env=environ)  # noqa: S603 - our own tests


def _pinned() -> Iterator[str]:
    """Yield what is pinned of what is wanted, each with its hashes."""
    wanted = frozenset(_WANTED.split())
    for block in _BLOCK.finditer(_PINNED.read_text()):
        if block[1] in wanted:
            yield block[0]


def _version(python: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", python.parents[1].name))


def _is_new(python: Path) -> bool:
    asked = f"import sys, venv; sys.exit(sys.version_info < {_LEAST})"
    return subprocess.run((str(python), "-c", asked), check=False, capture_output=True).returncode == 0  # noqa: S603 - found here


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own arguments
