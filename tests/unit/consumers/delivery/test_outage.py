"""A target that is down is probed until it works, whatever the probe makes of it."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import cast

import pytest
from columba_consumers.delivery.outage import Outage
from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.errors import TargetDown, Temporary, Throttled, Unknown
from columba_consumers.pace import Reports
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

    def destination(self, address: str) -> str:
        """Everybody is at the same place."""
        del address
        return ""

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


@dataclass
class Heard:
    """Hears what is reported."""

    said: list[str] = field(default_factory=list)
    deaf: int = 0

    async def down(self, reply: str) -> None:
        """Hear why it is down."""
        self.said.append(reply)

    async def up(self) -> bool:
        """Hear that it is back, unless deaf for now."""
        self.deaf -= 1
        self.said.append("up" if self.deaf < 0 else "what?")
        return self.deaf < 0

    async def answered(self, destination: str) -> None:
        """Hear who took something."""
        self.said.append(f"{destination} answered")

    async def throttled(self, error: Throttled) -> None:
        """Hear who is to slow down."""
        self.said.append(f"{error.destination} slower")

    async def failed(self, error: TargetDown | Unknown) -> None:
        """Hear which destination is down."""
        self.said.append(f"{error.destination} down")


def watched(target: Flaky, turnstile: Turnstile) -> tuple[Outage, Heard]:
    heard = Heard()
    return Outage(target, turnstile, cast("Reports", heard), sleep=target.sleep), heard


@pytest.mark.parametrize("error", [TargetDown("no"), Temporary("later"), OSError("no route")], ids=type)
async def test_a_target_is_open_again_once_a_probe_works_whatever_the_earlier_ones_raised(error: Exception) -> None:
    target, turnstile = Flaky([error, error]), Turnstile(1)
    outage, heard = watched(target, turnstile)
    await outage.report(TargetDown("connection refused"))
    assert turnstile.is_shut
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert target.probed == 3
        assert heard.said == ["connection refused"] * 3 + ["up"]
    assert all(target.pauses)
    await outage.close()


async def test_that_a_target_is_back_is_said_until_it_is_heard() -> None:
    target, turnstile = Flaky([]), Turnstile(1)
    outage, heard = watched(target, turnstile)
    heard.deaf = 2
    await outage.report(TargetDown("connection refused"))
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert heard.said == ["connection refused", "what?", "what?", "up"]
    await outage.close()


async def test_an_outage_that_is_known_is_not_probed_twice() -> None:
    target, turnstile = Flaky([]), Turnstile(1)
    outage, heard = watched(target, turnstile)
    await outage.report(TargetDown("connection refused"))
    await outage.report(TargetDown("connection refused"))
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert target.probed == 1
        assert heard.said == ["connection refused", "up"]
    await outage.close()


async def test_one_destination_shuts_nobody_elses_way() -> None:
    target, turnstile = Flaky([]), Turnstile(1)
    outage, heard = watched(target, turnstile)
    await outage.report(TargetDown("no route", destination="example.com"))
    await outage.report(Throttled("slow down", destination="example.org"))
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert target.probed == 0
    await outage.report(Unknown("502: nobody behind me", down=True, destination="example.net"))
    assert heard.said == ["example.com down", "example.org slower", "example.net down"]


async def test_an_account_whose_probes_work_and_whose_mail_does_not_is_left_alone_for_longer_each_time() -> None:
    account, heard = Flaky([]), Heard()
    turnstile = Turnstile(1)
    outage = Outage(account, turnstile, cast("Reports", heard), account_of="email", sleep=account.sleep)
    for _ in range(10):
        await outage.report(TargetDown("530 log in first"))
        async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
            assert not turnstile.is_shut
    assert account.pauses == [0.5, 1, 2, 4, 8, 16, 32, 64, 120, 120]
    await outage.answered("")
    await outage.report(TargetDown("connection refused"))
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert account.pauses[-1] == 0.5
    await outage.close()


async def test_a_target_that_answers_probes_and_leaves_all_else_in_doubt_is_tried_less_often_each_time() -> None:
    target, turnstile = Flaky([]), Turnstile(1)
    outage, _ = watched(target, turnstile)
    for _ in range(4):
        await outage.report(Unknown("502: nobody behind me", down=True))
        async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
            assert not turnstile.is_shut
    await outage.report(TargetDown("connection refused"))
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert target.pauses == [0.5, 1, 2, 4, 0.5]
    await outage.answered("")
    await outage.report(Unknown("502: nobody behind me", down=True))
    async with asyncio.timeout(5), turnstile.turn(Lane.NORMAL):
        assert target.pauses[-1] == 0.5
    await outage.close()
