"""Taking turns at SQLite's one write lock, so that among many writers nobody starves.

SQLite lets writers sleep for up to a tenth of a second between two tries, and whoever happens to try when the lock is
free has it: beside busy neighbours, one waits for seconds. Here the threads of a process stand in a line for each file.
The first of the line tries when a neighbour has finished and otherwise every millisecond, so that a file has as many
rivals as it has processes.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Final

LONGEST_STEP_SECONDS: Final = 0.001

PRIMARY: Final = 0xFF
"""What of SQLite's error code says what happened; the rest says in which way."""


@dataclass(frozen=True, slots=True)
class Line:
    """Who is first may try; ``finished`` is set whenever a neighbour has finished."""

    first: Lock = field(default_factory=Lock)
    finished: Event = field(default_factory=Event)


_lines: Final[dict[str, Line]] = {}
# A forked child has none of the threads that stand in its parent's lines.
os.register_at_fork(after_in_child=_lines.clear)


def line_of(file: str) -> Line:
    """Return the line in which this process's threads stand for a file."""
    return _lines.setdefault(file, Line())


class Writer(sqlite3.Connection):
    """A connection that says when its transaction is over."""

    _file: str | None = None
    _turn: Line | None = None

    def commit(self) -> None:
        """Commit, and let the next one begin."""
        super().commit()
        self._finish()

    def rollback(self) -> None:
        """Roll back, and let the next one begin."""
        super().rollback()
        self._finish()

    def _finish(self) -> None:
        if self._turn is not None:
            self._turn.finished.set()
            self._turn = None

    def take_turn(self, *, patience_seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin a transaction that writes, and keep this patience for whatever else may have to wait.

        Raises sqlite3.OperationalError when the lock is not to be had in time.
        """
        line, deadline = self._line(), monotonic() + patience_seconds
        in_front = line.first.acquire(timeout=patience_seconds)
        self.execute("PRAGMA busy_timeout = 0")
        try:
            while not self._begins(give_up=monotonic() >= deadline):
                line.finished.wait(LONGEST_STEP_SECONDS)
                line.finished.clear()
            self._turn = line
        finally:
            self.execute(f"PRAGMA busy_timeout = {patience_seconds * 1000:.0f}")
            if in_front:
                line.first.release()

    def _begins(self, *, give_up: bool) -> bool:
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if give_up or error.sqlite_errorcode & PRIMARY != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def _line(self) -> Line:
        if self._file is None:
            self._file = str(self.execute("PRAGMA database_list").fetchone()[2])
        return line_of(self._file)
