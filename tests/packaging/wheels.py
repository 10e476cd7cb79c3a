"""The three packages as wheels, built from this tree without a network."""

import os
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from pathlib import Path

PROJECT = Path(__file__).parents[2]
MEMBERS = ("producer", "consumers", "shared")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A built wheel: what its metadata says and the files in it."""

    metadata: Message
    files: frozenset[str]


def build(member: str, folder: Path) -> Wheel:
    """Build a member's wheel into the folder and read it."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(  # noqa: S603 - our own command
        command, cwd=PROJECT / member, check=True, capture_output=True, env={**os.environ, "PIP_NO_INDEX": "1"}
    )
    (path,) = folder.glob(f"columba_{member}-*.whl")
    with zipfile.ZipFile(path) as archive:
        files = frozenset(archive.namelist())
        (metadata,) = (name for name in files if name.endswith(".dist-info/METADATA"))
        return Wheel(metadata=message_from_string(archive.read(metadata).decode()), files=files)


def declared(member: str) -> dict[str, object]:
    """Return what the member's pyproject.toml says of the project."""
    project: dict[str, object] = tomllib.loads((PROJECT / member / "pyproject.toml").read_text())["project"]
    return project
