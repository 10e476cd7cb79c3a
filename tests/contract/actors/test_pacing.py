"""Who begins when: limits hold for everybody together, and nobody stands in the way of those who may go."""

import asyncio
import time
from datetime import timedelta
from itertools import pairwise
from statistics import median

import pytest
from columba_consumers.delivery.turnstile import Crowded
from columba_consumers.errors import TargetDown, Throttled
from columba_consumers.pace import Limits, TurnLapsed
from columba_shared.event import Lane
from columba_shared.log.destinations import WHOLE
from sqlalchemy import Engine

from tests.contract.actors.team import Team, at_work


def moments(*teams: Team) -> list[float]:
    return sorted(moment for team in teams for moment, _ in team.begun)


def most_within(seconds: float, found: list[float]) -> int:
    return max(sum(first <= each < first + seconds for each in found) for first in found)


async def test_two_processes_keep_one_limit_together_and_use_it(log: Engine) -> None:
    teams = [Team(log, Limits(together=20.0)) for _ in range(2)]
    async with at_work(*teams):
        sent = [task for team in teams for task in team.send(*["a.org"] * 30)]
        async with asyncio.timeout(20):
            await asyncio.gather(*sent)
    found = moments(*teams)
    assert len(found) == 60
    assert most_within(1.0, found) <= 23
    assert median(later - earlier for earlier, later in pairwise(found)) < 1.7 / 20  # 2 / 20 were half of it unused


async def test_a_limit_of_each_process_is_not_shared(file_log: Engine) -> None:
    teams = [Team(file_log, Limits(alone=20.0)) for _ in range(2)]
    async with at_work(*teams):
        await asyncio.gather(*(task for team in teams for task in team.send(*["a.org"] * 30)))
    assert most_within(0.5, moments(teams[0])) <= 12
    assert most_within(0.5, moments(*teams)) > 15  # 12 at most were it shared


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


async def test_a_limited_destination_has_its_moments_however_many_others_keep_the_slots_busy(file_log: Engine) -> None:
    team = Team(file_log, Limits(by_destination={"slow.org": 20.0}), slots=1)

    async def deliver_slowly() -> None:
        async with team.turnstile.turn(Lane.NORMAL, destination="quick.org"):
            team.begun.append((time.monotonic(), "quick.org"))
            await asyncio.sleep(0.005)

    async with at_work(team):
        quick = [asyncio.create_task(deliver_slowly()) for _ in range(300)]
        await asyncio.sleep(0)
        await asyncio.gather(*team.send(*["slow.org"] * 8), *quick)
    assert [name for _, name in team.begun[-20:]] == ["quick.org"] * 20


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
    assert found[-1] - found[0] < 20


async def test_the_next_failure_is_the_first_again_once_a_destination_has_answered(file_log: Engine) -> None:
    team = Team(file_log, Limits())
    await team.reports.failed(TargetDown("no route", destination="a.org"))
    assert team.pacer.gates.of("a.org").flow.failures == 1
    await team.reports.answered("a.org")
    assert team.pacer.gates.of("a.org").flow.failures == 0


async def test_what_is_shut_for_all_lets_nobody_begin(file_log: Engine) -> None:
    team = Team(file_log, Limits())
    began = time.monotonic()
    await team.reports.throttled(Throttled("wait", after=timedelta(seconds=1)))
    async with at_work(team):
        await asyncio.gather(*team.send("a.org", "b.org"))
    assert moments(team)[0] - began > 0.9
    assert team.pacer.gates.of(WHOLE).flow.failures == 1


async def test_whoever_takes_long_to_render_gets_their_turn_where_turns_are_few(file_log: Engine) -> None:
    team = Team(file_log, Limits(by_destination={"slow.org": 0.4}))
    async with at_work(team):
        for seconds in (0.2, 0.8):
            async with team.turnstile.turn(Lane.NORMAL, destination="slow.org", returning=True) as turn:
                await asyncio.sleep(seconds)
                await turn.begin()


async def test_what_was_learnt_a_moment_ago_outweighs_what_was_read_before(file_log: Engine) -> None:
    team = Team(file_log, Limits())
    await team.reports.throttled(Throttled("wait", after=timedelta(minutes=5), destination="a.org"))
    team.pacer.heed({})
    assert team.pacer.crowded_at("a.org", Lane.NORMAL)


async def test_nothing_is_kept_of_destinations_that_nobody_waits_for(file_log: Engine) -> None:
    team = Team(file_log, Limits(by_destination={"*": 1000.0}), slots=2, room=50)
    async with at_work(team), asyncio.timeout(20):
        await asyncio.gather(*team.send(*(f"{number}.org" for number in range(50))))
    await asyncio.sleep(0.2)
    team.pacer.heed({})
    assert list(team.pacer.gates.shared()) == [WHOLE]
    assert team.turnstile.waiting_for == {}


async def test_a_name_that_cannot_be_kept_stops_nobody(log: Engine) -> None:
    team = Team(log, Limits(by_destination={"*": 50.0}))
    async with at_work(team), asyncio.timeout(10):
        await asyncio.gather(*team.send("x" * 300, "a.org"))
        await team.reports.throttled(Throttled("wait", after=timedelta(minutes=5), destination="x" * 300))
        await team.reports.failed(TargetDown("no route \0", destination="b.org"))
        await team.deliver("a.org")


async def test_who_waits_for_a_destination_and_for_all_gets_a_turn_when_both_are_used_to_the_full(
    file_log: Engine,
) -> None:
    team = Team(file_log, Limits(together=4.0, by_destination={"*": 2.0}), room=50)
    async with at_work(team), asyncio.timeout(60):
        names = [f"{number % 3}.org" for number in range(21)]
        await asyncio.gather(*team.send(*names, returning=True))
    assert median(later - earlier for earlier, later in pairwise(moments(team))) < 1.5 / 4
