"""Waiting for a condition with a deadline."""

import time
from collections.abc import Callable
from datetime import timedelta

_FIRST_SECONDS, _LONGEST_SECONDS = 0.02, 0.2


def wait_until(
    condition: Callable[[], bool],
    *,
    within: timedelta,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return as soon as the condition holds. Raises TimeoutError when it does not hold in time."""
    begun = clock()
    while not condition():
        waited = clock() - begun
        if waited > within.total_seconds():
            raise TimeoutError(f"still not so after {within.total_seconds():g} s")
        sleep(min(_LONGEST_SECONDS, _FIRST_SECONDS + waited / 20))  # a look is work
