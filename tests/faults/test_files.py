"""Killed in the middle of an upload, again and again: who looks sees whole files only, and in the end sees all."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from columba_consumers.targets.files.draft import is_draft

from tests.faults.conftest import Tell
from tests.services.file_servers import FileServers, file_servers
from tests.services.needed import needed
from tests.services.smtp_control import SmtpProcess
from tests.system.system import PATIENCE_SECONDS, TORTURE, System, running, scaled, until

SIZE = scaled(4_000_000, 20_000_000)
KILLS = scaled(2, 30)
APP = f"""
from columba_consumers import FileMessage, renderer

@renderer("export.ready", target="files")
def export(event, recipient):
    number = event.context["number"]
    return FileMessage(name=f"{{number}}.bin", directory="in", content=bytes([number]) * {SIZE})
"""


@pytest.fixture
def servers() -> Iterator[FileServers]:
    """Servers that take files."""
    with file_servers() as made:
        yield made


@pytest.fixture
def system(tmp_path: Path, smtp: SmtpProcess) -> Iterator[System]:
    """Columba in one process, with files for its only target."""
    made = System(tmp_path, "memory://", f"sqlite:///{tmp_path / 'columba.db'}", smtp, targets=("files",))
    (tmp_path / "exports.py").write_text(APP)
    with running(made) as system:
        yield system


# The local disk and OpenSSH are killed in the long run alone: what is proved is the same.
@pytest.mark.parametrize("name", ["vsftpd-slow", *(["sshd"] if TORTURE else [])])
def test_a_reader_never_sees_half_a_file_and_every_file_arrives(
    name: str, system: System, servers: FileServers, tell: Tell
) -> None:
    with needed():
        folder = servers.files(name) / "in"
    system.settings = {"COLUMBA_APP": "exports", "COLUMBA_FILES_DESTINATIONS": f"partner={servers.url(name)}"}
    left = 0
    with watched(folder) as seen:
        process = system.start("up")
        for number in range(KILLS):
            with system.producer() as producer:
                producer.enqueue("export.ready", target="files", to="partner", context={"number": number})
            await_upload(folder)
            process.kill()
            left += sum(0 < size(path) < SIZE for path in parts(folder))
            # What was cut off goes again before the next is: three times would be its end.
            process = system.start("up")
            system.await_states({"sent": number + 1})
        assert left, "no upload was interrupted: nothing was tested"
        until(lambda: len(seen) == KILLS, lambda: f"the reader sees {KILLS} files, not {len(seen)}")
    # Nothing was cleaned: the next attempts have removed what was cut off.
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{number}.bin" for number in range(KILLS))
    tell(f"{name}: {KILLS} kills, {left} uploads of {SIZE / 1e6:g} MB interrupted, all {KILLS} files arrived whole")


def await_upload(folder: Path) -> None:
    """Return as soon as a part of a file, and not all of it, is on the server's disk."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    before = {path.name for path in parts(folder)}
    while time.monotonic() < deadline:
        if any(path.name not in before and 0 < size(path) < SIZE for path in parts(folder)):
            return
        time.sleep(0.002)
    raise AssertionError("no upload began")


def parts(folder: Path) -> list[Path]:
    """Return the files that are not whole."""
    return [path for path in folder.glob(".columba-*") if is_draft(path.name)]


def size(path: Path) -> int:
    """Return a file's size, 0 when it is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def watched(folder: Path) -> Iterator[set[str]]:
    """Read whatever has a final name, all the time; the names of what was seen whole are given."""
    seen: set[str] = set()
    broken: list[str] = []
    over = threading.Event()

    def look() -> None:
        wanted = {f"{number}.bin": hashlib.sha256(bytes([number]) * SIZE).hexdigest() for number in range(KILLS)}
        while not over.wait(0.02):
            for path in folder.glob("[!.]*") if folder.exists() else ():
                if path.name in seen and path.stat().st_size == SIZE:
                    continue
                if hashlib.sha256(path.read_bytes()).hexdigest() != wanted.get(path.name):
                    broken.append(f"{path.name} has {path.stat().st_size} bytes")
                seen.add(path.name)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield seen
    finally:
        over.set()
        reader.join()
    assert not broken
