"""The fixed delays: a message waits in the largest that fits, then in the next for the rest."""

from bisect import bisect_left
from datetime import timedelta
from typing import Final

_SECONDS: Final = (
    *(0.25, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5),
    *(10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 600),
    *(1200, 1800, 3600, 7200, 14400, 28800, 43200, 86400),
)
DELAYS: Final = tuple(timedelta(seconds=each) for each in _SECONDS)
"""One quorum queue each. More of them mean fewer hops, but also more leaders to move when a node dies."""
SHORTEST: Final = DELAYS[0]
LONGEST: Final = DELAYS[-1]
TOLERANCE: Final = timedelta(milliseconds=500)
"""How much longer than what remains the last wait may be: one hop instead of several, and never early."""


def delay_for(remaining: timedelta) -> timedelta | None:
    """Return the delay to wait next, None beyond the longest.

    The shortest that covers what remains, if it is longer by the tolerance at most; else the largest that fits, and
    the rest in another.
    """
    if remaining > LONGEST:
        return None
    place = bisect_left(DELAYS, remaining)
    return DELAYS[place] if DELAYS[place] - remaining <= TOLERANCE else DELAYS[place - 1]


def word_for(delay: timedelta) -> str:
    """Return the delay as a word of a routing key: whole seconds, or milliseconds such as `1500ms`."""
    seconds, rest = divmod(delay, timedelta(seconds=1))
    return f"{delay // timedelta(milliseconds=1)}ms" if rest else str(seconds)
