"""Whoever cannot be let in soon is put off, to a moment of their own, and stands in nobody's way meanwhile."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from columba_consumers.delivery.turnstile import Crowded
from columba_consumers.errors import TargetDown, Throttled
from columba_consumers.pace import Limits
from columba_shared.clock import utc_now
from columba_shared.event import Lane
from columba_shared.log.flow import Flow
from sqlalchemy import Engine

from tests.contract.actors.team import Team, at_work


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


@pytest.mark.parametrize(
    "limits",
    [Limits(by_destination={"slow.org": 0.02}), Limits(together=1 / 3600), Limits(alone=1 / 3600)],
    ids=["destination", "all", "process"],
)
async def test_nobody_is_kept_waiting_for_a_moment_that_is_far_away(file_log: Engine, limits: Limits) -> None:
    team = Team(file_log, limits)
    async with at_work(team), asyncio.timeout(10):
        await team.deliver("slow.org")
        with pytest.raises(Crowded):
            await team.deliver("slow.org", Lane.URGENT, returning=True)


async def test_urgent_mail_stands_behind_nobody_who_was_put_off(file_log: Engine) -> None:
    team = Team(file_log, Limits(by_destination={"slow.org": 1.0}))
    async with at_work(team), asyncio.timeout(10):
        places = await asyncio.gather(*(team.put_off("slow.org") for _ in range(100)))
        assert max(places) > 100
        assert await team.put_off("slow.org", Lane.URGENT) < 45


async def test_whoever_comes_back_on_time_keeps_their_turn_and_whoever_is_late_lines_up(file_log: Engine) -> None:
    team = Team(file_log, Limits(by_destination={"slow.org": 1.0}))
    async with at_work(team), asyncio.timeout(10):
        await asyncio.gather(*(team.put_off("slow.org") for _ in range(100)))
        assert await team.put_off("slow.org", punctual=True) < 45
        assert await team.put_off("slow.org") > 100


async def test_whoever_lines_up_where_nothing_is_restricted_any_more_comes_back_at_once(file_log: Engine) -> None:
    team = Team(file_log, Limits())
    shut = Flow().throttled(utc_now(), after=timedelta(minutes=5), observed=1, reply="wait")
    team.pacer.gates.of("a.org").known(shut)
    lining = asyncio.create_task(team.put_off("a.org"))
    await asyncio.sleep(0)
    team.pacer.heed({})
    async with at_work(team), asyncio.timeout(5):
        assert await lining < 1


async def test_whoever_waits_for_a_slot_alone_is_not_put_off_however_many_destinations_have_limits(
    file_log: Engine,
) -> None:
    team = Team(file_log, Limits(by_destination={"*": 50.0}), slots=2, room=1)
    async with at_work(team), asyncio.timeout(20):
        await asyncio.gather(*team.send(*(f"{number}.org" for number in range(40))))
