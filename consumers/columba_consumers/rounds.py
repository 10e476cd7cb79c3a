"""A piece of work done again and again: paced, patient with outages, ended only between two rounds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from columba_shared.publishing import PublishError
from columba_shared.telemetry import emit
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from columba_consumers.errors import BrokerLost
from columba_consumers.journal import patience

LONGEST_WAIT_SECONDS: Final = 5.0


class Rounds:
    """Runs ``work``, rests for as many seconds as it returned, and so on until stopped.

    Work that fails because the database or the broker is away is tried again with growing pauses, so it must be safe
    to repeat. Any other error ends the rounds.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[float]]) -> None:
        self._name = name
        self._work = work
        self._wanted = asyncio.Event()
        self._stopped = asyncio.Event()

    def hint(self) -> None:
        """Rest no longer: there is something to do."""
        self._wanted.set()

    def stop(self) -> None:
        """Let the round that is under way be the last."""
        self._stopped.set()
        self._wanted.set()

    @property
    def stopping(self) -> bool:
        """Whether no further round will begin."""
        return self._stopped.is_set()

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopped.is_set():
            seconds = await self._patiently()
            await _until(self._wanted, seconds)
            self._wanted.clear()

    async def _patiently(self) -> float:
        retrying = AsyncRetrying(
            retry=retry_if_exception(passes),
            wait=wait_random_exponential(multiplier=0.1, max=LONGEST_WAIT_SECONDS),
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
