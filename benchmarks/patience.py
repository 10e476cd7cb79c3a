"""Waiting for consumers to get somewhere, but not for consumers that have ended."""

import time
from collections.abc import Callable

from benchmarks.consumer import ConsumerFailed, Consumers

_STEP_SECONDS = 0.002
_STUCK_SECONDS = 120.0


def wait_until(condition: Callable[[], bool], consumers: Consumers, *, seconds: float = _STUCK_SECONDS) -> None:
    """Return as soon as the condition holds; raises ConsumerFailed when a consumer ends, or nothing comes of it."""
    deadline = time.monotonic() + seconds
    while not condition():
        consumers.must_live()
        if time.monotonic() > deadline:
            raise ConsumerFailed(f"the consumers did not get there within {seconds:g} s")
        time.sleep(_STEP_SECONDS)
