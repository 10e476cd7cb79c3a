"""The fixed delays: a message waits in the largest that fits, then in the next for the rest."""

from bisect import bisect_left, bisect_right
from datetime import timedelta
from typing import Final

_SECONDS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
DELAYS: Final = tuple(timedelta(milliseconds=each) for each in (250, 500, 750)) + tuple(
    timedelta(seconds=each) for each in _SECONDS
)
"""One quorum queue each. More of them mean fewer hops, but also more leaders to move when a node dies."""
LONGEST: Final = DELAYS[-1]
SECOND: Final = timedelta(seconds=1)


def delay_for(remaining: timedelta) -> timedelta | None:
    """Return the delay to wait next, None beyond the longest.

    From a second on it is the largest within the remaining time, so that nothing comes early to its end. What is left
    of less than a second is rounded up, a quarter of a second at most: one hop instead of several.
    """
    if remaining > LONGEST:
        return None
    if remaining < SECOND:
        return DELAYS[bisect_left(DELAYS, remaining)]
    return DELAYS[bisect_right(DELAYS, remaining) - 1]


def word_for(delay: timedelta) -> str:
    """Return the delay as a word of a routing key: whole seconds, or milliseconds such as `250ms`."""
    if delay < SECOND:
        return f"{delay // timedelta(milliseconds=1)}ms"
    return str(delay // SECOND)
