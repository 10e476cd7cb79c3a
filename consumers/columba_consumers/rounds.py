"""A piece of work done again and again: paced, patient with outages, ended only between two rounds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from columba_shared.publishing import PublishError
from columba_shared.telemetry import emit
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential
from tenacity.wait import wait_base

from columba_consumers.errors import BrokerLost
from columba_consumers.journal import patience

BACKOFF: Final = wait_random_exponential(multiplier=0.1, max=5.0)
PATIENCE_SECONDS: Final = 120.0
"""Work that got nowhere for so long counts as stuck."""


class Rounds:
    """Runs ``work``, rests for as many seconds as it returned, and so on until stopped.

    Work that fails because the database or the broker is away is tried again with growing pauses, so it must be safe
    to repeat. Any other error ends the rounds.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[float]],
        *,
        wait: wait_base = BACKOFF,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._wait = wait
        self._work = work
        self._monotonic = monotonic
        self._wanted = asyncio.Event()
        self._stopped = asyncio.Event()
        self._expected_by = monotonic() + PATIENCE_SECONDS

    def hint(self) -> None:
        """Rest no longer: there is something to do."""
        self._wanted.set()

    def stop(self) -> None:
        """Let the round that is under way be the last."""
        self._stopped.set()
        self._wanted.set()

    def progress(self, *, rest_seconds: float = 0.0) -> None:
        """Note that the work got somewhere, and how long it rests now."""
        self._expected_by = self._monotonic() + rest_seconds + PATIENCE_SECONDS

    @property
    def healthy(self) -> bool:
        """Whether the work gets somewhere: it is neither stuck nor kept from it by an outage for long."""
        return self._monotonic() < self._expected_by

    @property
    def stopping(self) -> bool:
        """Whether no further round will begin."""
        return self._stopped.is_set()

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopped.is_set():
            seconds = await self._patiently()
            self.progress(rest_seconds=seconds)
            await _until(self._wanted, seconds)
            self._wanted.clear()

    async def _patiently(self) -> float:
        retrying = AsyncRetrying(
            retry=retry_if_exception(passes),
            wait=self._wait,
            stop=lambda _state: self._stopped.is_set(),
            sleep=lambda seconds: _until(self._stopped, float(seconds)),
            before_sleep=self._tell,
            retry_error_callback=lambda _state: 0.0,
        )
        return await retrying(self._work)

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        emit("rounds.waiting", actor=self._name, attempt=state.attempt_number, error=error)


def passes(error: BaseException) -> bool:
    """Say whether the same work may succeed later: the database or the broker is away."""
    return isinstance(error, PublishError | BrokerLost) or patience.passes(error)


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but not for longer than that."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
