"""The fixed delays: a message waits in the largest that fits, then in the next for the rest."""

from bisect import bisect_right
from datetime import timedelta
from typing import Final

DELAYS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
"""Seconds; one quorum queue each. More of them mean fewer hops, but also more leaders to move when a node dies."""
LONGEST: Final = timedelta(seconds=DELAYS[-1])


def delay_for(remaining: timedelta) -> int | None:
    """Return the largest delay within the remaining time (at least the shortest), None beyond the longest."""
    if remaining > LONGEST:
        return None
    place = bisect_right(DELAYS, remaining.total_seconds())
    return DELAYS[max(place - 1, 0)]
