"""The guard: a small process that outlives the tests by a moment and ends their servers, however the tests ended."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from tests.services.processes import sweep

_PROJECT = Path(__file__).parents[2]


class Ending(Protocol):
    """Servers of one folder that can all be ended."""

    @property
    def root(self) -> Path:
        """The folder."""

    def close(self) -> None:
        """End them and remove the folder."""


ServersT = TypeVar("ServersT", bound=Ending)


@contextmanager
def guarded(services: ServersT) -> Iterator[ServersT]:
    """End the servers when the block ends, or when this process dies inside it, be it by kill -9."""
    command = [sys.executable, "-m", "tests.services.guard", str(services.root)]
    # The guard reads from a pipe that only this process writes to: a line says stop, its end says that the writer died.
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=_PROJECT, start_new_session=True) as guard:  # noqa: S603 - ourselves
        try:
            yield services
        finally:
            services.close()
            guard.communicate(b"stop\n")


def main(root: Path) -> None:
    """Wait for the line or the end, then leave nothing of the servers."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.readline()
    sweep(root)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
