"""A target that is down: its turnstile is shut, it is probed, and opened again, slowly, when it answers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from columba_shared.telemetry import emit
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.errors import TargetDown, Throttled
from columba_consumers.pace.reports import Reports
from columba_consumers.targets.target import Target

SHORTEST_PROBE_SECONDS: Final = 0.5
LONGEST_PROBE_SECONDS: Final = 5.0


class Outage:
    """Watches one target for this process; what its destinations say of their pace is passed on.

    Each process finds out by itself whether the target is down, since it may be its own network that is.
    """

    def __init__(
        self,
        target: Target,
        turnstile: Turnstile,
        reports: Reports,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Start out believing that the target is up."""
        self._sleep = sleep
        self._target = target
        self._turnstile = turnstile
        self._reports = reports
        self._probing: asyncio.Task[None] | None = None

    async def report(self, error: TargetDown | Throttled) -> None:
        """Take the target to be down, unless that is known already; or one destination to be down, or too fast."""
        match error:
            case Throttled():
                await self._reports.throttled(error)
            case TargetDown(destination=str()):
                await self._reports.failed(error)
            case TargetDown():
                self._shut(error)

    async def answered(self, destination: str) -> None:
        """Note that something was taken there."""
        await self._reports.answered(destination)

    async def close(self) -> None:
        """Stop probing."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)

    def _shut(self, error: TargetDown) -> None:
        if self._probing is not None:
            return
        self._turnstile.shut()
        emit("target.down", target=self._target.name, reply=error.reply)
        self._probing = asyncio.create_task(self._probe_until_up(error.reply), name=f"probe-{self._target.name}")

    async def _probe_until_up(self, reply: str) -> None:
        async def still_down(state: RetryCallState) -> None:
            """Say so each time: of who said it first nobody may hear any more."""
            error = state.outcome.exception() if state.outcome else None
            emit("target.probed", target=self._target.name, attempt=state.attempt_number, error=error)
            await self._reports.down(reply)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Exception),  # a probe that fails in another way is no sign of life either
            wait=wait_random_exponential(multiplier=1, min=SHORTEST_PROBE_SECONDS, max=LONGEST_PROBE_SECONDS),
            before_sleep=still_down,
            sleep=self._sleep,
        )
        await self._reports.down(reply)
        await self._sleep(SHORTEST_PROBE_SECONDS)
        await retrying(self._target.probe)
        while not await self._reports.up():  # nothing could be claimed either, and everybody would think it down
            await self._sleep(LONGEST_PROBE_SECONDS)
        self._probing = None
        self._turnstile.open()
        emit("target.up", target=self._target.name)
