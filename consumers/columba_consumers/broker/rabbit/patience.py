"""Trying again after the broker was lost: exponential back-off with full jitter, so that not all come at once."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from columba_consumers.errors import BrokerLost

Sleep = Callable[[float], Awaitable[None]]
Uniform = Callable[[float, float], float]

_SHORTEST_SECONDS: Final = 0.2
_MANY: Final = 16
"""Doubling any longer changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How to wait between two tries."""

    longest: timedelta
    sleep: Sleep = asyncio.sleep
    uniform: Uniform = random.uniform

    def at_most(self, longest: timedelta) -> "Patience":
        """Return the same with a longest wait that is no longer than this."""
        return replace(self, longest=min(longest, self.longest))

    async def pause(self) -> None:
        """Wait for the shortest while, so that nothing that fails at once can spin."""
        await self.sleep(self.uniform(_SHORTEST_SECONDS / 2, _SHORTEST_SECONDS))

    def retrying(self) -> AsyncRetrying:
        """Return tenacity's driver: for ever, on BrokerLost alone."""
        return AsyncRetrying(retry=retry_if_exception_type(BrokerLost), wait=self._wait, sleep=self.sleep, reraise=True)

    def _wait(self, state: RetryCallState) -> float:
        ceiling = _SHORTEST_SECONDS * 2 ** min(state.attempt_number, _MANY)
        return self.uniform(_SHORTEST_SECONDS, min(ceiling, self.longest.total_seconds()))
