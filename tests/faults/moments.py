"""When mails arrived: how many at most within a second, and how many of those that a limit allows."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from tests.system.system import TORTURE

USED: Final = 0.95 if TORTURE else 0.4
"""Of the limit. Moments that a process was too late for are gone, and a busy machine is late for many."""


def busiest_second(moments: Sequence[float]) -> int:
    """Return how many moments at most lie within one second, wherever it begins."""
    return max(bisect_left(moments, moment + 1.0) - index for index, moment in enumerate(moments))
