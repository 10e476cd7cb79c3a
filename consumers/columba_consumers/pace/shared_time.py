"""The database's time, by which all processes agree on when deliveries begin."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from columba_shared.clock import Clock, utc_now

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
DRIFT: Final = 1e-4
"""How much faster one clock may go than another."""
STEP_SECONDS: Final = 0.5
"""A difference beyond this is a clock that was set, or an answer that took very long: the newest counts."""


class SharedTime:
    """Knows how this machine's steady clock stands to the database's; until it was told, its own time counts.

    What the database says is a little old when it arrives. The answer that took the shortest is the best one, and is
    held to, so that moments keep their distances however long each answer takes.
    """

    def __init__(self, *, now: Clock = utc_now, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._told_at = monotonic()
        self._ahead = _seconds(now()) - self._told_at

    def told(self, at: datetime) -> None:
        """Take what the database said a moment ago."""
        told_at = self.monotonic()
        ahead, held = _seconds(at) - told_at, self._ahead - DRIFT * (told_at - self._told_at)
        self._ahead = ahead if ahead > held or held - ahead > STEP_SECONDS else held
        self._told_at = told_at

    def now(self) -> datetime:
        """Return the database's time."""
        return EPOCH + timedelta(seconds=self.monotonic() + self._ahead)

    def until(self, moment: datetime) -> float:
        """Return how many seconds are left until then; less than none when it has passed."""
        return _seconds(moment) - self._ahead - self.monotonic()


def _seconds(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds()
