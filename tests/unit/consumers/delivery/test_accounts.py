"""Each message goes by the first of its accounts that works; whoever waits for one is in nobody else's way."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from columba_consumers.delivery.account_outage import AccountOutage
from columba_consumers.delivery.accounts import Accounts, Unavailable
from columba_consumers.delivery.outage import Outage
from columba_consumers.delivery.turnstile import Crowded, Paused, Stopping, Turnstile
from columba_consumers.delivery.working_account import WorkingAccount
from columba_consumers.errors import TargetDown, Throttled
from columba_consumers.pace import Limits, Pacer, SharedTime, Turn
from columba_consumers.targets.account import AccountKit
from columba_consumers.targets.target import Slot
from columba_shared.clock import utc_now
from columba_shared.event import Lane
from columba_shared.log.flow import Flow

DOWN = TargetDown("connection refused")


@dataclass
class Login:
    """An account that never comes back by itself, and on which nobody delivers."""

    name: str
    slots: int = 2

    def slot(self) -> AbstractAsyncContextManager[Slot]:
        """Nobody delivers here."""
        raise NotImplementedError

    async def probe(self) -> None:
        """Stay away."""
        raise DOWN


class Hour:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return it."""
        return self.now


@dataclass
class Places:
    """Two accounts at work, without a database."""

    hour: Hour = field(default_factory=Hour)

    def __post_init__(self) -> None:
        """Begin with both working."""
        self.outages: dict[str, Outage] = {}
        self.first, self.second = self._working("first"), self._working("second")
        self.accounts = Accounts((self.first, self.second), choose=lambda message, _kind: message)

    def _working(self, name: str) -> WorkingAccount:
        login = Login(name)
        pacer = Pacer(
            "email",
            cast("Any", None),
            limits=Limits(account=f"account {name}"),
            time=SharedTime(),
            room=1,
            apart=True,
        )
        turnstile = Turnstile(login.slots, pacer, diverts=True)
        outage = Outage(login, turnstile, cast("Any", Heard()), account_of="email", monotonic=self.hour)
        self.outages[name] = outage
        return WorkingAccount(
            AccountKit(account=login, leads_to="", limits=Limits(account=f"account {name}")),
            turnstile=turnstile,
            pacer=pacer,
            handover=cast("Any", None),
            outage=outage,
            room=1,
            monotonic=self.hour,
        )

    def turn(self, *names: str, lane: Lane = Lane.NORMAL) -> AbstractAsyncContextManager[tuple[WorkingAccount, Turn]]:
        """Go by the first of these."""
        return self.accounts.turn(names, "any.kind", lane, returning=False, alone=False)

    async def used(self, *names: str) -> str:
        """Return by which one it went."""
        async with asyncio.timeout(5), self.turn(*names) as (account, _):
            return account.name

    async def fail(self, *names: str) -> None:
        """Let these be down."""
        for name in names:
            await self.outages[name].report(DOWN)

    async def close(self) -> None:
        """Stop probing."""
        await self.accounts.close()


class Heard:
    """Takes what is reported."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def down(self, reply: str) -> None:
        """Hear why it is down."""

    async def throttled(self, error: Throttled) -> None:
        """Hear who is to slow down."""
        self.said.append(f"{error.destination} slower")

    async def failed(self, error: TargetDown) -> None:
        """Hear which destination is down."""
        self.said.append(f"{error.destination} down")

    async def answered(self, destination: str) -> None:
        """Hear who took something."""
        self.said.append(f"{destination} answered")


def shut(account: WorkingAccount, *, seconds: float = 60) -> None:
    """Let an account ask for a pause."""
    flow = Flow().throttled(utc_now(), after=timedelta(seconds=seconds), observed=10, reply="421 4.7.0 later")
    account.pacer.learn(account.place, flow)


async def test_a_message_goes_by_its_first_account() -> None:
    places = Places()
    assert [await places.used("first", "second"), await places.used("second", "first")] == ["first", "second"]


async def test_while_one_is_down_its_messages_go_by_the_next_at_once() -> None:
    places = Places()
    await places.fail("first")
    assert await places.used("first", "second") == "second"
    assert not places.accounts.are_down
    await places.close()


async def test_one_that_asked_for_a_pause_is_passed_over() -> None:
    places = Places()
    shut(places.first)
    assert await places.used("first", "second") == "second"


async def test_where_all_have_asked_for_a_pause_one_waits_in_the_line_of_the_first() -> None:
    places = Places()
    shut(places.first)
    shut(places.second)
    with pytest.raises(Crowded) as caught:
        await places.used("first", "second")
    assert (caught.value.gate.name, caught.value.pacer) == ("account first", places.first.pacer)


@pytest.mark.parametrize(
    ("lane", "down_seconds", "shortest", "longest"),
    [(Lane.NORMAL, 0, 1, 2), (Lane.NORMAL, 60, 30, 60), (Lane.BULK, 9_000, 150, 300), (Lane.URGENT, 9_000, 7, 15)],
)
async def test_who_has_no_account_that_works_comes_again_after_as_long_as_that_has_been_so(
    lane: Lane, down_seconds: float, shortest: float, longest: float
) -> None:
    places = Places()
    await places.fail("first")
    places.hour.now += down_seconds
    with pytest.raises(Unavailable) as caught:
        async with places.turn("first", lane=lane):
            raise AssertionError
    assert caught.value.reason == "account first is down: connection refused"
    assert timedelta(seconds=shortest) <= caught.value.after <= timedelta(seconds=longest)
    assert await places.used("second") == "second"
    await places.fail("second")
    assert places.accounts.are_down
    await places.close()


async def test_who_waits_for_an_account_that_goes_down_goes_by_the_next() -> None:
    places = Places()
    async with places.turn("first"), places.turn("first"):
        waits = asyncio.create_task(places.used("first", "second"))
        await asyncio.sleep(0)
        assert places.first.turnstile.waiting_for == {"account first": 1}
        await places.fail("first")
        assert await waits == "second"
    await places.close()


async def test_one_that_is_busy_takes_nobody_elses_place() -> None:
    places = Places()
    async with places.turn("first"), places.turn("first"):
        places.hour.now += 1
        waits = [asyncio.create_task(places.used("first", "second")) for _ in range(40)]
        await asyncio.sleep(0)
        assert await places.used("second") == "second"
        for waiting in waits:
            waiting.cancel()
        results = await asyncio.gather(*waits, return_exceptions=True)
    turned_away = [each for each in results if isinstance(each, Unavailable)]
    assert {each.reason for each in turned_away} == {"account first has all its connections in use"}
    assert len(turned_away) == 19, "twenty go by it in two seconds, as far as is known, and one more stands in line"
    assert all(timedelta(seconds=0.5) <= each.after <= timedelta(seconds=30) for each in turned_away)


async def test_pausing_and_stopping_hold_for_all_accounts() -> None:
    places = Places()
    places.accounts.pause()
    for name in ("first", "second"):
        with pytest.raises(Paused):
            await places.used(name)
    places.accounts.resume()
    assert await places.used("first") == "first"
    places.accounts.stop()
    with pytest.raises(Stopping):
        await places.used("first")


@pytest.mark.parametrize(
    ("error", "account", "target"),
    [
        (Throttled("454 quota"), ["None slower"], []),
        (Throttled("450 4.7.28 slow", destination="example.org"), [], ["example.org slower"]),
        (TargetDown("host is away", destination="example.org"), [], ["example.org down"]),
    ],
)
async def test_what_is_said_of_a_destination_is_no_accounts_affair(
    error: TargetDown | Throttled, account: Sequence[str], target: Sequence[str]
) -> None:
    mine, common = Heard(), Heard()
    outages = [Outage(Login("a"), Turnstile(1), cast("Any", heard)) for heard in (mine, common)]
    await AccountOutage(*outages).report(error)
    assert (mine.said, common.said) == (list(account), list(target))


async def test_who_took_something_is_told_to_both() -> None:
    mine, common = Heard(), Heard()
    outages = [Outage(Login("a"), Turnstile(1), cast("Any", heard)) for heard in (mine, common)]
    await AccountOutage(*outages).answered("example.org")
    assert (mine.said, common.said) == ([" answered"], ["example.org answered"])


async def test_who_waits_for_their_moment_is_not_told_that_connections_are_in_use() -> None:
    places = Places()
    places.first.pacer.learn(places.first.place, Flow().recovered(utc_now()))
    waits = [asyncio.create_task(places.used("first", "second")) for _ in range(9)]
    await asyncio.sleep(0)
    for waiting in waits:
        waiting.cancel()
    results = await asyncio.gather(*waits, return_exceptions=True)
    assert {type(each) for each in results} == {asyncio.CancelledError, Crowded}


async def test_who_waits_for_an_account_that_asks_for_a_pause_goes_by_the_next() -> None:
    places = Places()
    async with places.turn("first"), places.turn("first"):
        waits = asyncio.create_task(places.used("first", "second"))
        await asyncio.sleep(0)
        assert places.first.turnstile.waiting_for == {"account first": 1}
        shut(places.first)
        assert await waits == "second"
