"""Who begins when: limits hold for everybody together, and nobody stands in the way of those who may go."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from columba_consumers.delivery.turnstile import Crowded, Turnstile
from columba_consumers.errors import TargetDown, Throttled
from columba_consumers.pace import Limits, Pacer, Reports, SharedTime, TurnLapsed
from columba_shared.event import Lane
from columba_shared.log import destinations
from columba_shared.log.destinations import WHOLE
from sqlalchemy import Engine


class Team:
    """One process's part in delivering: its pacer, its turnstile, and what began when."""

    def __init__(self, log: Engine, limits: Limits, *, slots: int = 20, room: int = 10) -> None:
        self.log = log
        time = SharedTime()
        self.pacer = Pacer("email", log, limits=limits, time=time, room=room)
        self.turnstile = Turnstile(slots, self.pacer)
        self.reports = Reports(self.pacer, log, time=time, process_id=uuid4)
        self.begun: list[tuple[float, str]] = []
        self.done = asyncio.Condition()

    async def deliver(self, destination: str, lane: Lane = Lane.NORMAL, *, returning: bool = False) -> None:
        """Deliver one, at once."""
        async with self.turnstile.turn(lane, destination=destination, returning=returning) as turn:
            await turn.begin()
            self.begun.append((time.monotonic(), destination))
        async with self.done:
            self.done.notify_all()

    def send(self, *names: str, lane: Lane = Lane.NORMAL, returning: bool = False) -> list["asyncio.Task[None]"]:
        """Begin to deliver to each of these destinations."""
        return [asyncio.create_task(self.deliver(name, lane, returning=returning)) for name in names]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to have begun."""
        async with asyncio.timeout(20), self.done:
            await self.done.wait_for(condition)

    async def put_off(self, destination: str) -> float:
        """Put one off at a destination's gate."""
        return await self.pacer.put_off(self.pacer.gates.of(destination))

    def reason(self, destination: str) -> str:
        """Say why."""
        return self.pacer.reason(self.pacer.gates.of(destination))

    def heed(self) -> None:
        """Look at what the log says of destinations, as the lookout does."""
        with self.log.connect().execution_options(reading=True) as connection:
            _, found = destinations.restrictions(connection)
        self.pacer.heed({each.name: each.flow for each in found})


@asynccontextmanager
async def at_work(*teams: Team) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(team.pacer.reservations.run()) for team in teams]
    try:
        yield
    finally:
        for team in teams:
            team.pacer.reservations.stop()
        await asyncio.gather(*tasks)


def moments(*teams: Team) -> list[float]:
    return sorted(moment for team in teams for moment, _ in team.begun)


def most_within(seconds: float, found: list[float]) -> int:
    return max(sum(first <= each < first + seconds for each in found) for first in found)


async def test_two_processes_keep_one_limit_together_and_use_it(log: Engine) -> None:
    teams = [Team(log, Limits(together=40.0)) for _ in range(2)]
    async with at_work(*teams):
        sent = [task for team in teams for task in team.send(*["a.org"] * 40)]
        async with asyncio.timeout(20):
            await asyncio.gather(*sent)
    found = moments(*teams)
    assert len(found) == 80
    assert most_within(1.0, found) <= 43
    assert found[-1] - found[0] < 80 / 40 * 1.3


async def test_a_limit_of_each_process_is_not_shared(file_log: Engine) -> None:
    teams = [Team(file_log, Limits(alone=20.0)) for _ in range(2)]
    async with at_work(*teams):
        await asyncio.gather(*(task for team in teams for task in team.send(*["a.org"] * 20)))
    assert most_within(0.5, moments(teams[0])) <= 12
    assert moments(*teams)[-1] - moments(*teams)[0] < 1.6


async def test_an_account_has_a_limit_of_its_own(file_log: Engine) -> None:
    team = Team(file_log, Limits(account="account shop", by_account=20.0))
    async with at_work(team):
        await asyncio.gather(*team.send(*["a.org", "b.org"] * 10))
    assert most_within(0.5, moments(team)) <= 12


async def test_who_waits_for_a_slow_destination_stands_in_nobodys_way(file_log: Engine) -> None:
    team = Team(file_log, Limits(by_destination={"slow.org": 1.0}), slots=4)
    async with at_work(team):
        slow = team.send("slow.org", "slow.org")
        await asyncio.sleep(0)
        quick = team.send(*["quick.org"] * 50)
        await asyncio.gather(*quick)
        assert sum(name == "slow.org" for _, name in team.begun) <= 1
        await asyncio.gather(*slow)


async def test_more_than_can_go_soon_are_put_off_each_to_a_place_of_its_own(file_log: Engine) -> None:
    team = Team(file_log, Limits(by_destination={"slow.org": 1.0}))
    async with at_work(team):
        results = await asyncio.gather(*team.send(*["slow.org"] * 6), return_exceptions=True)
        crowded = sum(isinstance(result, Crowded) for result in results)
        async with asyncio.timeout(5):
            places = sorted(await asyncio.gather(*(team.put_off("slow.org") for _ in range(5))))
    assert crowded == 6 - len(team.begun) >= 3
    assert all(later - earlier >= 1 for earlier, later in pairwise(places))
    assert "slow.org" in team.reason("slow.org")


async def test_whoever_is_new_stands_behind_those_who_were_put_off_unless_urgent(file_log: Engine) -> None:
    team = Team(file_log, Limits(by_destination={"slow.org": 1.0}))
    async with at_work(team):
        await team.put_off("slow.org")
        assert team.pacer.crowded_at("slow.org", Lane.NORMAL)
        assert not team.pacer.crowded_at("slow.org", Lane.URGENT)
        assert not team.pacer.crowded_at("slow.org", Lane.NORMAL, returning=True)


async def test_urgent_deliveries_have_the_first_moments(file_log: Engine) -> None:
    team = Team(file_log, Limits(together=20.0))
    order: list[Lane] = []

    async def deliver(lane: Lane) -> None:
        async with team.turnstile.turn(lane) as turn:
            await turn.begin()
            order.append(lane)

    tasks = [asyncio.create_task(deliver(lane)) for lane in (Lane.BULK, Lane.NORMAL, Lane.URGENT)]
    await asyncio.sleep(0)
    async with at_work(team):
        await asyncio.gather(*tasks)
    assert order == [Lane.URGENT, Lane.NORMAL, Lane.BULK]


async def test_a_destination_that_throttles_is_left_alone_by_every_process(log: Engine) -> None:
    first, second = (Team(log, Limits()) for _ in range(2))
    async with at_work(first, second):
        error = Throttled("421 4.7.28 slow down", after=timedelta(seconds=30), destination="a.org")
        await first.reports.throttled(error)
        second.heed()
        for team in (first, second):
            assert team.pacer.crowded_at("a.org", Lane.NORMAL)
            await team.deliver("b.org")
        with pytest.raises(Crowded):
            await second.deliver("a.org")
        assert await second.put_off("a.org") > 25
        assert "421 4.7.28" in second.reason("a.org")


async def test_whoever_waits_when_a_destination_is_shut_is_put_off(file_log: Engine) -> None:
    team = Team(file_log, Limits(), slots=1)
    async with at_work(team), team.turnstile.turn(Lane.NORMAL):
        waiting = team.send("a.org", "b.org")
        await asyncio.sleep(0)
        await team.reports.failed(TargetDown("no route", destination="a.org"))
        await team.reports.throttled(Throttled("wait", after=timedelta(minutes=5), destination="a.org"))
        with pytest.raises(Crowded):
            await waiting[0]
        assert not waiting[1].done()
        waiting[1].cancel()


async def test_a_turn_that_took_too_long_gets_another_moment_or_none(file_log: Engine) -> None:
    team = Team(file_log, Limits(together=50.0))
    async with at_work(team):
        async with team.turnstile.turn(Lane.NORMAL) as turn:
            await asyncio.sleep(0.2)
            await turn.begin()
        async with team.turnstile.turn(Lane.NORMAL) as turn:
            await team.reports.throttled(Throttled("wait", after=timedelta(minutes=5)))
            with pytest.raises(TurnLapsed):
                await turn.begin()


async def test_after_an_outage_all_begin_slowly_together(log: Engine) -> None:
    teams = [Team(log, Limits()) for _ in range(2)]
    for team in teams:
        await team.reports.down("connection refused")
    for team in teams:
        await team.reports.up()
    async with at_work(*teams):
        sent = [task for team in teams for task in team.send(*["a.org"] * 30)]
        await asyncio.gather(*sent)
    found = moments(*teams)
    assert most_within(0.5, [each for each in found if each < found[0] + 0.9]) <= 6
    assert found[-1] - found[0] < 8


async def test_the_next_failure_is_the_first_again_once_a_destination_has_answered(file_log: Engine) -> None:
    team = Team(file_log, Limits())
    await team.reports.failed(TargetDown("no route", destination="a.org"))
    assert team.pacer.gates.of("a.org").flow.failures == 1
    await team.reports.answered("a.org")
    assert team.pacer.gates.of("a.org").flow.failures == 0


async def test_what_is_shut_for_all_lets_nobody_begin(file_log: Engine) -> None:
    team = Team(file_log, Limits())
    await team.reports.throttled(Throttled("wait", after=timedelta(seconds=1)))
    began = time.monotonic()
    async with at_work(team):
        await asyncio.gather(*team.send("a.org", "b.org"))
    assert moments(team)[0] - began > 0.9
    assert team.pacer.gates.of(WHOLE).flow.failures == 1


async def test_where_a_limit_is_very_low_the_broker_keeps_what_waits_and_not_the_process(file_log: Engine) -> None:
    team = Team(file_log, Limits(together=0.1))
    async with at_work(team):
        waiting = team.send(*["a.org"] * 80)
        await asyncio.sleep(0)
        assert team.turnstile.begun == 0
        crowded = [task for task in waiting if task.done()]
        assert 15 <= len(crowded) <= 25
        places = sorted(await asyncio.gather(*(team.put_off("") for _ in range(3))))
        assert all(later - earlier >= 10 for earlier, later in pairwise(places))
        assert team.reason("") == "email is given no more than 6/m"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
