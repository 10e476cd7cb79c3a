"""A target that is down is probed until it works, whatever the probe makes of it."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import pytest
from columba_consumers.delivery.outage import Outage
from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.errors import TargetDown, Temporary
from columba_consumers.targets.target import Slot
from columba_shared.event import Lane


@dataclass
class Flaky:
    """A target whose probes end as told, and then well."""

    errors: list[Exception]
    probed: int = 0
    name: str = "flaky"
    slots: int = 1
    pauses: list[float] = field(default_factory=list)

    def slot(self) -> AbstractAsyncContextManager[Slot]:
        """Nobody delivers here."""
        raise NotImplementedError

    async def probe(self) -> None:
        """Fail as told."""
        self.probed += 1
        if self.errors:
            raise self.errors.pop(0)

    async def close(self) -> None:
        """Nothing is open."""

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.pauses.append(seconds)
        await asyncio.sleep(0)


@pytest.mark.parametrize("error", [TargetDown("no"), Temporary("later"), OSError("no route")], ids=type)
async def test_a_target_is_open_again_once_a_probe_works_whatever_the_earlier_ones_raised(error: Exception) -> None:
    target, turnstile = Flaky([error, error]), Turnstile(1)
    outage = Outage(target, turnstile, sleep=target.sleep)
    outage.report(TargetDown("connection refused"))
    assert turnstile.is_shut
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert target.probed == 3
    assert all(target.pauses)
    await outage.close()


async def test_an_outage_that_is_known_is_not_probed_twice() -> None:
    target, turnstile = Flaky([]), Turnstile(1)
    outage = Outage(target, turnstile, sleep=target.sleep)
    outage.report(TargetDown("connection refused"))
    outage.report(TargetDown("connection refused"))
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert target.probed == 1
    await outage.close()
