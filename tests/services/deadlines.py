"""Waiting for a condition with a deadline."""

import time
from collections.abc import Callable
from datetime import timedelta

_STEP_SECONDS = 0.02


def wait_until(
    condition: Callable[[], bool],
    *,
    within: timedelta,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return as soon as the condition holds. Raises TimeoutError when it does not hold in time."""
    deadline = clock() + within.total_seconds()
    while not condition():
        if clock() > deadline:
            raise TimeoutError(f"still not so after {within.total_seconds():g} s")
        sleep(_STEP_SECONDS)
