"""Commands without the half second that Python needs to load them: forked from a process that has loaded all of them.

A command runs as ever: a process of its own with its arguments, folder, environment and streams, ended as Python ends.
Only what a module does when it is imported has been done before. `python -m tests.system.forks` is that process.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
"""What a line of JSON holds."""

PATIENCE_SECONDS: Final = 60
_PACKAGES: Final = ("columba_shared", "columba_producer", "columba_consumers")
_LEFT_OUT: Final = ("__main__", "migrations.env")
_DRIVERS: Final = ("sqlite", "postgresql.psycopg", "mysql.pymysql")
_own = threading.local()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command printed and how it ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[Json]:
        """Each line of standard output, read as JSON."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def line(self) -> Json:
        """The only line of standard output, read as JSON."""
        (only,) = self.lines
        return only


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    arguments: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    streams: Sequence[str]
    """The files that are its standard input, output and error output."""


def run(*arguments: str, folder: Path, environment: Mapping[str, str], stdin: str = "") -> Ran:
    """Run a `columba` command to its end; its status is negative when a signal ended it."""
    with tempfile.TemporaryDirectory() as place:
        read, printed, complained = (Path(place) / name for name in ("in", "out", "err"))
        read.write_text(stdin)
        streams = [str(read), str(printed), str(complained)]
        order = _Order(arguments=arguments, folder=str(folder), environment=environment, streams=streams)
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(asdict(order)) + "\n")
        server.stdin.flush()
        status = os.waitstatus_to_exitcode(int(server.stdout.readline()))
        return Ran(status=status, stdout=printed.read_text(), stderr=complained.read_text())


def _server() -> "subprocess.Popen[str]":
    """Return the process that forks for this thread."""
    if not hasattr(_own, "server"):
        _own.server = subprocess.Popen(
            [sys.executable, "-m", "tests.system.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        atexit.register(_own.server.kill)
    return _own.server  # type: ignore[no-any-return]


def _load() -> None:
    for package in _PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith(_LEFT_OUT):
                importlib.import_module(module.name)
    for driver in _DRIVERS:
        importlib.import_module(f"sqlalchemy.dialects.{driver}")


def _serve() -> None:
    """Fork for each order, one at a time, and tell how it ended; a fork returns from here and is the command."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(_Order(**json.loads(line)))
            return
        sys.stdout.write(f"{os.waitpid(child, 0)[1]}\n")
        sys.stdout.flush()
    os._exit(0)


def _become(order: _Order) -> None:
    signal.alarm(PATIENCE_SECONDS)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    for number, stream in enumerate(order.streams):
        opened = os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - what the old one had read ahead was another's
    here = [] if "PYTHONSAFEPATH" in order.environment else [str(Path.cwd())]
    others = [path for path in order.environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:1] = [*here, *others]
    sys.argv = ["columba", *order.arguments]


if __name__ == "__main__":
    _load()
    gc.freeze()
    _serve()
    runpy.run_module("columba_consumers", run_name="__main__", alter_sys=True)
