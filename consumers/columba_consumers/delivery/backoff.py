"""When to try again: one question to tenacity's wait strategy."""

from dataclasses import dataclass
from datetime import timedelta

from tenacity import RetryCallState, Retrying
from tenacity.wait import wait_random_exponential


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a delivery is tried in total, and how long it waits between.

    ``first`` is what the first pause lasts at most, and ``network`` what it lasts when only the way there failed.
    """

    max_attempts: int = 8
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)
    network: timedelta = timedelta(seconds=10)
    while_down: timedelta = timedelta(seconds=15)

    def wait_after(self, attempts: int, *, network: bool = False) -> timedelta:
        """Return the pause after so many spent attempts: exponential with full jitter, never under a second."""
        strategy = wait_random_exponential(
            multiplier=(self.network if network else self.first).total_seconds(),
            max=self.longest.total_seconds(),
            min=1,
        )
        state = RetryCallState(_NO_RETRYING, None, (), {})
        state.attempt_number = attempts
        return timedelta(seconds=strategy(state))


_NO_RETRYING = Retrying()
