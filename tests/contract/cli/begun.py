"""A command that runs until it is stopped, whose outputs are read while it does."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tests.system import forks
from tests.system.forks import Forked


@dataclass(slots=True, kw_only=True)
class Begun:
    """As much of a Popen as is needed."""

    stdout: TextIO
    stderr: TextIO
    _forked: Forked

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._forked.pid

    @property
    def returncode(self) -> int | None:
        """Its status, once it was waited for."""
        return self._forked.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its status; raises TimeoutExpired when it does not end in time."""
        return self._forked.wait(timeout)

    def kill(self) -> None:
        """End it at once."""
        self._forked.kill()

    def terminate(self) -> None:
        """Ask it to stop."""
        self._forked.terminate()

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        self._forked.send_signal(number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; return what it printed and had not been read yet."""
        with ThreadPoolExecutor(2) as readers:
            rests = [readers.submit(_rest_of, stream) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()  # which is what ends the readers
                raise
            return rests[0].result(), rests[1].result()


def begin(*arguments: str, folder: Path, environment: Mapping[str, str]) -> Begun:
    """Start a `columba` command; the caller ends it."""
    place = Path(tempfile.mkdtemp())
    try:
        pipes = [place / name for name in ("out", "err")]
        for pipe in pipes:
            os.mkfifo(pipe)
        forked = forks.started(
            arguments=arguments, folder=folder, environment=environment, streams=(os.devnull, *map(str, pipes))
        )
        stdout, stderr = (pipe.open() for pipe in pipes)
    finally:
        shutil.rmtree(place)
    return Begun(stdout=stdout, stderr=stderr, _forked=forked)


def _rest_of(stream: TextIO) -> str:
    if stream.closed:
        return ""
    with stream:
        return stream.read()
