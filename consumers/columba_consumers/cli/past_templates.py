"""The templates as they were: in another folder, or in a commit of git."""

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from columba_consumers.cli.failure import BadUsage, Failure


@contextmanager
def committed(folder: Path, commit: str) -> Iterator[Path]:
    """Lend a folder that holds what lay in ``folder`` in a commit; raises Failure and BadUsage."""
    if commit.startswith("-") or not commit.isprintable():
        raise BadUsage(f"--old-git: {commit!r} names no commit: write one such as HEAD~1, main or v1.2")
    # Within a folder, that folder alone is archived, with names relative to it.
    archive = _git("-C", str(folder), "archive", "--format=tar", commit)
    with TemporaryDirectory(prefix="columba-templates-") as place:
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(place, filter="data")
        yield Path(place)


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(("git", *arguments), capture_output=True, check=False)  # noqa: S603, S607 - no shell; git is where the system has it
    except OSError as error:
        raise Failure(f"--old-git: git cannot be run: {error.strerror}") from error
    if done.returncode:
        words = " ".join(done.stderr.decode(errors="replace").split()) or f"git ended with {done.returncode}"
        raise Failure(f"--old-git: {words}")
    return done.stdout
