"""One server's process: known by its pid file, so that whoever holds the folder can stop and start it."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.services.deadlines import wait_until
from tests.services.errors import ServerFailed
from tests.services.processes import MARK, belongs

_LAST_WORDS = 30


@dataclass(slots=True, kw_only=True)
class Process:
    """A server's process, its folder, and the user it runs as when the tests are run by root."""

    root: Path
    name: str
    user: str
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def folder(self) -> Path:
        """The server's own folder, inside the set's."""
        return self.root / self.name

    def pid(self) -> int | None:
        """Return the running process's id, or None when it does not run."""
        with suppress(FileNotFoundError, ValueError):
            pid = int((self.folder / "pid").read_text())
            if belongs(pid, self.root):
                return pid
        return None

    def prepare(self) -> None:
        """Create the folder, owned by the user the server runs as."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.own(self.folder)

    def own(self, path: Path) -> None:
        """Give a file to the user the server runs as."""
        if self._user() is not None:
            shutil.chown(path, self._user(), pwd.getpwnam(self.user).pw_gid)

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
        """Run a program of the server to its end and return what it printed. Raises ServerFailed."""
        done = subprocess.run(  # noqa: S603 - programs found by name in the packages' own folders
            command,
            env=self.environment(environment),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            user=self._user(),
            group=self._group(),
            extra_groups=self._extra_groups(),
        )
        if done.returncode:
            raise ServerFailed(f"{command[0]} failed:\n{done.stdout}")
        return done.stdout

    def start(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start the server in a session of its own, so that Ctrl-C in a terminal reaches the tests alone."""
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - as above
                command,
                env=self.environment(environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user(),
                group=self._group(),
                extra_groups=self._extra_groups(),
            )
        (self.folder / "pid").write_text(str(self._child.pid))

    def stop(self, sent: signal.Signals, *, within: timedelta = timedelta(seconds=30)) -> None:
        """Send the signal and return once the process is gone. One that does not run is stopped already."""
        pid = self.pid()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, sent)
            wait_until(lambda: self.pid() is None, within=within)
        self.reap()

    def reap(self) -> None:
        """Collect the exit status of a child that has ended."""
        if self._child is not None and self.pid() is None:
            self._child.wait()
            self._child = None

    def last_words(self) -> str:
        """Return the end of the server's log."""
        with suppress(FileNotFoundError):
            return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-_LAST_WORDS:])
        return "(no log)"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return a bare environment, marked, in which nothing of the caller's reaches the server."""
        path = os.environ.get("PATH", os.defpath)
        folder = str(self.folder)
        return {"PATH": path, "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder, MARK: str(self.root), **(more or {})}

    def _user(self) -> str | None:
        return self.user if os.geteuid() == 0 else None

    def _group(self) -> int | None:
        return pwd.getpwnam(self.user).pw_gid if os.geteuid() == 0 else None

    def _extra_groups(self) -> list[int] | None:
        return [] if os.geteuid() == 0 else None
