"""The database's time, by which all processes agree on when deliveries begin."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from columba_shared.clock import Clock, utc_now


class SharedTime:
    """Knows how this machine's steady clock stands to the database's; until it was told, its own time counts."""

    def __init__(self, *, now: Clock = utc_now, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._at, self._read_at = now(), monotonic()

    def told(self, at: datetime) -> None:
        """Take what the database said a moment ago.

        The answer took a while: so the time that is taken from it is a little late, and nothing begins early.
        """
        self._at, self._read_at = at, self.monotonic()

    def now(self) -> datetime:
        """Return the database's time."""
        return self._at + timedelta(seconds=self.monotonic() - self._read_at)

    def until(self, moment: datetime) -> float:
        """Return how many seconds are left until then; less than none when it has passed."""
        return (moment - self._at).total_seconds() - (self.monotonic() - self._read_at)
