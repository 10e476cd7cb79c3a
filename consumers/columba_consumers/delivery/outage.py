"""A target or account that is down: its turnstile is shut, it is probed, and opened again, slowly, when it answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from columba_shared.telemetry import emit
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.errors import TargetDown, Throttled, Unknown
from columba_consumers.pace.reports import Reports

SHORTEST_PROBE_SECONDS: Final = 0.5
LONGEST_PROBE_SECONDS: Final = 5.0
LONGEST_DOUBT_SECONDS: Final = 120.0
"""How long what answers probes and takes nothing is left alone at most: an account, as others take it meanwhile, or a
target that leaves in doubt whatever it gets.
"""


class Way(Protocol):
    """What can be asked whether it works: a target, or one account of it."""

    @property
    def name(self) -> str:
        """What it is called."""

    async def probe(self) -> None:
        """Return if it works; raises TargetDown while it does not."""


class Outage:
    """Watches one target, or one account of it, for this process; what its destinations say of their pace is passed on.

    Each process finds out by itself whether it is down, since it may be its own network that is.
    """

    def __init__(
        self,
        way: Way,
        turnstile: Turnstile,
        reports: Reports,
        *,
        account_of: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start out believing that it is up; ``account_of`` is the target whose account it is, if it is one."""
        self.reply = ""
        self._sleep = sleep
        self._monotonic = monotonic
        self._down_at = monotonic()
        self._way = way
        self._account_of = account_of
        self._in_a_row = 0
        self._turnstile = turnstile
        self._reports = reports
        self._probing: asyncio.Task[None] | None = None

    @property
    def seconds(self) -> float:
        """For how long it has been down."""
        return 0.0 if self._probing is None else self._monotonic() - self._down_at

    @property
    def silent(self) -> tuple[str, ...]:
        """The destinations that do not answer, as far as is known."""
        return self._reports.silent()

    async def report(self, error: TargetDown | Throttled | Unknown) -> None:
        """Take it to be down, unless that is known already; or one destination to be down, or too fast."""
        match error:
            case Throttled():
                await self._reports.throttled(error)
            case TargetDown(destination=str()) | Unknown(destination=str()):
                await self._reports.failed(error)
            case TargetDown() | Unknown():
                self._shut(error)

    async def answered(self, destination: str) -> None:
        """Note that something was taken there."""
        self._in_a_row = 0
        await self._reports.answered(destination)

    async def close(self) -> None:
        """Stop probing."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)

    def _shut(self, error: TargetDown | Unknown) -> None:
        if self._probing is not None:
            return
        self.reply, self._down_at = error.reply, self._monotonic()
        self._turnstile.shut()
        self._tell_down(error.reply)
        pause = self._first_pause(error)
        self._probing = asyncio.create_task(self._probe_until_up(error.reply, pause), name=f"probe-{self._way.name}")

    async def _probe_until_up(self, reply: str, first_pause: float) -> None:
        async def still_down(state: RetryCallState) -> None:
            """Say so each time: of who said it first nobody may hear any more."""
            error = state.outcome.exception() if state.outcome else None
            self._tell_probed(state.attempt_number, error)
            await self._reports.down(reply)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Exception),  # a probe that fails in another way is no sign of life either
            wait=wait_random_exponential(multiplier=1, min=SHORTEST_PROBE_SECONDS, max=LONGEST_PROBE_SECONDS),
            before_sleep=still_down,
            sleep=self._sleep,
        )
        await self._reports.down(reply)
        await self._sleep(first_pause)
        await retrying(self._way.probe)
        while not await self._reports.up():  # nothing could be claimed either, and everybody would think it down
            await self._sleep(LONGEST_PROBE_SECONDS)
        self._probing = None
        self._turnstile.open()
        self._tell_up()

    def _first_pause(self, error: TargetDown | Unknown) -> float:
        """Return when to ask first: what took nothing since it was last found to work, later each time.

        So it is with accounts, and with doubts: each time that a target seems to work, some more are in doubt.
        """
        if self._account_of is None and not isinstance(error, Unknown):
            return SHORTEST_PROBE_SECONDS
        pause = min(SHORTEST_PROBE_SECONDS * float(2 ** min(self._in_a_row, 16)), LONGEST_DOUBT_SECONDS)
        self._in_a_row += 1
        return pause

    def _tell_down(self, reply: str) -> None:
        if self._account_of is None:
            emit("target.down", target=self._way.name, reply=reply)
        else:
            emit("account.down", target=self._account_of, account=self._way.name, reply=reply)

    def _tell_probed(self, number: int, error: BaseException | None) -> None:
        if self._account_of is None:
            emit("target.probed", target=self._way.name, attempt=number, error=error)
        else:
            emit("account.probed", target=self._account_of, account=self._way.name, attempt=number, error=error)

    def _tell_up(self) -> None:
        if self._account_of is None:
            emit("target.up", target=self._way.name)
        else:
            emit("account.up", target=self._account_of, account=self._way.name)
