"""What one run may come to: at most so many deliveries sent, and at most so many failures."""

import asyncio
from collections.abc import Callable

from columba_shared.state import State

_FAILED = frozenset({State.RETRYING, State.DEAD, State.IN_DOUBT})


class Quota:
    """Counts for all targets of a process. None of the bounds is ever passed, however many are under way at once.

    Only audiences take no turn: of those that are looked up at the same time, more may fail than are allowed.
    """

    def __init__(self, *, sent: int | None = None, failed: int | None = None) -> None:
        """Allow so many; None: any number."""
        self.sent = 0
        self.failed = 0
        self.retrying = 0
        """Of those that failed, how many are tried again."""
        self.others = 0
        self.used_up = asyncio.Event()
        self._most_sent = sent
        self._most_failed = failed
        self._under_way = 0
        self._tell: list[Callable[[], None]] = []

    def serve(self, tell: Callable[[], None]) -> None:
        """Say whom to tell when one more may begin."""
        self._tell.append(tell)

    @property
    def is_free(self) -> bool:
        """Whether one more may begin: even if all that are under way are sent, or fail, no bound is passed."""
        return all(
            most is None or counted + self._under_way < most
            for counted, most in ((self.sent, self._most_sent), (self.failed, self._most_failed))
        )

    @property
    def has_failed(self) -> bool:
        """Whether it was failures that ended it."""
        return self._most_failed is not None and self.failed >= self._most_failed

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more is to begin in this run."""
        return self.used_up.is_set()

    def begin(self) -> None:
        """Count one that begins."""
        self._under_way += 1

    def end(self, state: State | None) -> None:
        """Count what became of one that began; None: nothing that counts."""
        self._under_way -= 1
        self.count(state)

    def count(self, state: State | None) -> None:
        """Count what became of one, which need not have begun: it may have expired, or be an audience.

        That an audience was looked up is not told: the deliveries that come of it are.
        """
        match state:
            case State.SENT:
                self.sent += 1
            case State() if state in _FAILED:
                self.failed += 1
                self.retrying += state is State.RETRYING
            case None | State.EXPANDED:
                pass
            case State():
                self.others += 1
        if self.sent == self._most_sent or self.has_failed:
            self.used_up.set()
        for tell in self._tell:
            tell()
