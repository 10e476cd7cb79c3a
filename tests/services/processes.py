"""Every process of one set of servers, found by the mark in its environment, even after its parent died."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from tests.services.deadlines import wait_until

MARK = "COLUMBA_SERVICES_ROOT"
_LOOKS, _LOOKS_AT_ONE = 50, 5000
_LOOK_SECONDS = 0.001


def belongs(pid: int, root: Path, *, looks: int = _LOOKS_AT_ONE) -> bool:
    """Tell whether a live process was started for the servers in this folder. A zombie was, but is no longer."""
    return f"{MARK}={root}".encode() in _settings(pid, looks=looks).split(b"\0")


def members(root: Path) -> Iterator[int]:
    """Yield the pid of each process that belongs to the servers in this folder."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return (pid for pid in pids if belongs(pid, root, looks=_LOOKS))


def children(pid: int) -> list[int]:
    """Return the processes this one has started and that still run."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_running(pid: int) -> bool:
    """Tell whether a process is there and is more than a zombie."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def sweep(root: Path) -> None:
    """End every process of this folder's servers and remove the folder: their data is not worth a slow farewell."""
    _signal_all(root, lambda pid: signal.SIGQUIT if _is_postgres(pid) else signal.SIGKILL)
    with suppress(TimeoutError):
        wait_until(lambda: not any(members(root)), within=timedelta(seconds=15))
    _signal_all(root, lambda _: signal.SIGKILL)
    wait_until(lambda: not any(members(root)), within=timedelta(seconds=10))
    shutil.rmtree(root, ignore_errors=True)


def _settings(pid: int, *, looks: int) -> bytes:
    """Return a process's environment, or nothing when it has none.

    One that is just becoming another program shows none for a moment, and is looked at again; a zombie and the
    kernel's own have no program either.
    """
    settings = b""
    with suppress(OSError):
        for _ in range(looks):
            settings = Path(f"/proc/{pid}/environ").read_bytes()
            if settings:
                break
            Path(f"/proc/{pid}/exe").readlink()
            time.sleep(_LOOK_SECONDS)
    return settings


def _signal_all(root: Path, choose: Callable[[int], signal.Signals]) -> None:
    for pid in members(root):
        with suppress(ProcessLookupError):
            os.kill(pid, choose(pid))


def _is_postgres(pid: int) -> bool:
    """PostgreSQL alone holds something that outlives a kill: a segment of shared memory, released on SIGQUIT."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False
