"""One pass, as cron wants it: deliver what there is, within bounds, and end."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from columba_consumers.delivery.quota import Quota
from columba_consumers.delivery.worker import Worker

LOOK_SECONDS: Final = 0.2
"""Between two looks that both have to find nothing: what a broker has sent may not have arrived at the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A destination that does not answer."""

    target: str
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a run came to, and which targets were down or paused at its end, and which destinations silent."""

    sent: int
    failed: int
    retrying: int
    """Of those that failed, how many a later run tries again."""
    others: int
    too_many_failed: bool
    stopped: bool
    """Whether a signal ended it before it was through."""
    down: tuple[str, ...]
    silent: tuple[Silent, ...]
    paused: tuple[str, ...]


class OnePass:
    """Ends when the quota is used up, or when no target has anything left that could be delivered now."""

    def __init__(self, quota: Quota, workers: Mapping[str, Worker], *, has_more: Callable[[str], bool]) -> None:
        """``has_more`` says whether something waits for a target that no worker has in hand; it may block."""
        self._quota = quota
        self._workers = workers
        self._has_more = has_more
        self._stopped = asyncio.Event()
        self._through = False
        self._down: tuple[str, ...] = ()
        self._silent: tuple[Silent, ...] = ()
        self._paused: tuple[str, ...] = ()

    async def run(self) -> None:
        """Wait until it is over."""
        idle = 0
        while idle < 2 and not (self._quota.used_up.is_set() or self._stopped.is_set()):  # noqa: PLR2004 - see LOOK_SECONDS
            await self._wait()
            idle = idle + 1 if await self._is_idle() else 0
        self._through = idle > 1 or self._quota.used_up.is_set()
        self._silent = tuple(
            Silent(target=name, destination=each) for name, worker in self._workers.items() for each in worker.silent
        )
        self._down = tuple(name for name, worker in self._workers.items() if worker.is_down)
        self._paused = tuple(name for name, worker in self._workers.items() if worker.is_paused)

    def stop(self) -> None:
        """End it."""
        self._stopped.set()

    def tally(self) -> Tally:
        """Return what it has come to; once what was under way has been finished, that is all of it."""
        return Tally(
            sent=self._quota.sent,
            failed=self._quota.failed,
            retrying=self._quota.retrying,
            others=self._quota.others,
            too_many_failed=self._quota.has_failed,
            stopped=not self._through,
            down=self._down,
            silent=self._silent,
            paused=self._paused,
        )

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._quota.used_up.wait()
        except TimeoutError:
            return

    async def _is_idle(self) -> bool:
        for name, worker in self._workers.items():
            if worker.is_down or worker.is_paused:
                continue
            if not worker.rests or await asyncio.to_thread(self._has_more, name):
                return False
        return all(worker.rests for worker in self._workers.values())
