"""Commands without the half second that Python needs to load them: forked from a process that has loaded all of them.

A command runs as ever: a process of its own with its arguments, folder, environment and streams. Its threads are waited
for, its exit functions called and its streams flushed as it ends; only what a module does when it is imported has been
done before, and nothing is taken apart in the end, which would copy all that was loaded. `python -m tests.system.forks`
is that process.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
"""What a line of JSON holds."""

COLUMBA: Final = "columba_consumers"
PATIENCE_SECONDS: Final = 60
_PACKAGES: Final = ("columba_shared", "columba_producer", "columba_consumers")
_LEFT_OUT: Final = ("__main__", "migrations.env", "columba_producer.flask", ".fastapi", "testing.fixtures")
_OF_PROJECTS: Final = (
    "columba_producer.django.about.",
    "columba_producer.django.admin.",
    "columba_producer.django.consuming",
    "columba_producer.django.models",
)
"""Modules that want a Django project."""
_DRIVERS: Final = {"sqlite": "sqlite3", "postgresql.psycopg": "psycopg", "mysql.pymysql": "pymysql"}
_turn: Final = threading.Lock()


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
    program: str
    arguments: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    streams: Sequence[str]
    """The files that are its standard input, output and error output."""
    stays: bool
    """Whether it runs until it is stopped."""


@dataclass(slots=True)
class Forked:
    """A command that runs until it is stopped: as much of a Popen as is needed."""

    pid: int
    _descriptor: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return its status once it has ended; negative when a signal ended it."""
        return self._status(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return its status; raises TimeoutExpired when it does not end in time."""
        status = self._status(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return status

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _status(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._descriptor], [], [], seconds)[0]:
            os.close(self._descriptor)
            self.returncode = os.waitstatus_to_exitcode(_asked(self.pid))
        return self.returncode


def run(
    *arguments: str, folder: Path, environment: Mapping[str, str], stdin: str | bytes = "", program: str = COLUMBA
) -> Ran:
    """Run a command to its end, one of `columba`'s or another module; its status is negative when a signal ended it."""
    with tempfile.TemporaryDirectory() as place:
        read, printed, complained = (Path(place) / name for name in ("in", "out", "err"))
        read.write_bytes(stdin.encode() if isinstance(stdin, str) else stdin)
        streams = [str(read), str(printed), str(complained)]
        order = _Order(
            program=program,
            arguments=arguments,
            folder=str(folder),
            environment=environment,
            streams=streams,
            stays=False,
        )
        status = _forked(order).wait()
        return Ran(status=status, stdout=printed.read_text(), stderr=complained.read_text())


def start(program: str, *arguments: str, folder: Path, environment: Mapping[str, str], log: Path) -> Forked:
    """Run a command until it is stopped; what it prints goes to the log."""
    log.touch()
    streams = (os.devnull, str(log), str(log))
    return started(program=program, arguments=arguments, folder=folder, environment=environment, streams=streams)


def started(
    *,
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    streams: Sequence[str],
    program: str = COLUMBA,
) -> Forked:
    """Run a command until it is stopped, with these files as its streams."""
    order = _Order(
        program=program,
        arguments=arguments,
        folder=str(folder),
        environment=environment,
        streams=streams,
        stays=True,
    )
    return _forked(order)


def _forked(order: _Order) -> Forked:
    pid = _asked(asdict(order))
    return Forked(pid, os.pidfd_open(pid))


def _asked(what: Json) -> int:
    """Return the server's answer, which it gives at once; whichever thread asks, it is one after the other."""
    with _turn:
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(what) + "\n")
        server.stdin.flush()
        return int(server.stdout.readline())


@cache
def _server() -> "subprocess.Popen[str]":
    """Return the process that forks."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.system.forks"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    atexit.register(_part_from, server)
    return server


def _part_from(server: "subprocess.Popen[str]") -> None:
    server.kill()
    server.communicate()


def _load() -> None:
    for package in _PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not (module.name.endswith(_LEFT_OUT) or module.name.startswith(_OF_PROJECTS)):
                importlib.import_module(module.name)
    for dialect, driver in _DRIVERS.items():
        importlib.import_module(f"sqlalchemy.dialects.{dialect}")
        importlib.import_module(driver)


def _serve() -> str:
    """Fork for each order; a fork returns the program that it is to be.

    The answer is its process id; given that, it is how that one ended.
    """
    for line in sys.stdin:
        what = json.loads(line)
        if isinstance(what, int):
            answer = os.waitpid(what, 0)[1]
        else:
            order = _Order(**what)
            child = os.fork()
            if child == 0:
                _become(order)
                return order.program
            answer = child
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    os._exit(0)


def _become(order: _Order) -> None:
    if not order.stays:
        signal.alarm(PATIENCE_SECONDS)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    for number, stream in enumerate(order.streams):
        opened = os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - what the old one had read ahead was another's
    here = [] if "PYTHONSAFEPATH" in order.environment else [str(Path.cwd())]
    others = [path for path in order.environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:1] = [*here, *others]
    sys.argv = ["columba", *order.arguments]


def _run(program: str) -> int:
    """Run the command; return the exit status that Python would give it."""
    try:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        sys.stderr.write(f"{ended.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - as Python tells of whatever nobody has caught
        traceback.print_exc()
        return 1
    return 0


def _end(status: int) -> None:
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - what Python itself calls as it ends
    atexit._run_exitfuncs()  # noqa: SLF001 - as above
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _load()
    gc.freeze()
    _end(_run(_serve()))
