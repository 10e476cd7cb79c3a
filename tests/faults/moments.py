"""When mails arrived: how many at most within a second, and how many of those that a limit allows."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from tests.system.system import TORTURE

USED: Final = 0.95 if TORTURE else 0.4
"""Of the limit. Moments that a process was too late for are gone, and a busy machine is late for many."""
_LATE_SECONDS: Final = 0.1 if TORTURE else 0.5
"""By how much mails may be late after they were let go: a busy mail server is, and takes several at once then."""


def most_within(seconds: float, limit: float) -> float:
    """Return how many may arrive within so many seconds, of which so many may be let go in each."""
    return limit * (seconds + _LATE_SECONDS)


def busiest_second(moments: Sequence[float]) -> int:
    """Return how many moments at most lie within one second, wherever it begins."""
    return max(bisect_left(moments, moment + 1.0) - index for index, moment in enumerate(moments))
