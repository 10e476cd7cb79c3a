"""Who may begin, in which order, and who may not."""

import asyncio

import pytest
from columba_consumers.delivery.quota import Quota
from columba_consumers.delivery.turnstile import Paused, Stopping, Turnstile
from columba_shared.event import Lane
from columba_shared.state import State


async def _queue_up(turnstile: Turnstile, lane: Lane, order: list[Lane]) -> "asyncio.Task[None]":
    async def go() -> None:
        async with turnstile.turn(lane):
            order.append(lane)

    task = asyncio.create_task(go())
    await asyncio.sleep(0)
    return task


async def test_no_more_begin_at_once_than_there_are_slots() -> None:
    turnstile = Turnstile(2)
    async with turnstile.turn(Lane.NORMAL), turnstile.turn(Lane.NORMAL):
        third = await _queue_up(turnstile, Lane.NORMAL, [])
        assert not third.done()
        assert turnstile.begun == 2
    await third
    assert turnstile.begun == 0


async def test_urgent_goes_before_what_has_waited_longer() -> None:
    turnstile = Turnstile(1)
    order: list[Lane] = []
    async with turnstile.turn(Lane.NORMAL):
        waiting = [await _queue_up(turnstile, lane, order) for lane in (Lane.BULK, Lane.NORMAL, Lane.URGENT)]
    await asyncio.gather(*waiting)
    assert order == [Lane.URGENT, Lane.NORMAL, Lane.BULK]


async def test_nobody_begins_while_it_is_shut() -> None:
    turnstile = Turnstile(1)
    turnstile.shut()
    waiting = await _queue_up(turnstile, Lane.URGENT, [])
    assert not waiting.done()
    turnstile.open()
    await waiting


async def test_whoever_waits_when_it_stops_is_told_so() -> None:
    turnstile = Turnstile(1)
    async with turnstile.turn(Lane.NORMAL):
        waiting = await _queue_up(turnstile, Lane.NORMAL, [])
        turnstile.stop()
        with pytest.raises(Stopping):
            await waiting
    with pytest.raises(Stopping):
        async with turnstile.turn(Lane.NORMAL):
            pytest.fail("began although it had stopped")


async def test_a_run_that_has_come_to_its_bound_begins_nothing_more() -> None:
    turnstile = Turnstile(1, quota=Quota(failed=1))
    turnstile.count(State.EXPANDED)
    turnstile.check()
    turnstile.count(State.DEAD)
    with pytest.raises(Stopping):
        turnstile.check()


async def test_a_cancelled_waiter_leaves_its_turn_to_the_next() -> None:
    turnstile = Turnstile(1)
    order: list[Lane] = []
    async with turnstile.turn(Lane.NORMAL):
        first = await _queue_up(turnstile, Lane.NORMAL, [])
        second = await _queue_up(turnstile, Lane.BULK, order)
    first.cancel()
    await second
    assert order == [Lane.BULK]
    assert turnstile.begun == 0


async def test_whoever_waits_when_it_is_paused_is_told_so() -> None:
    turnstile = Turnstile(1)
    async with turnstile.turn(Lane.NORMAL):
        waiting = await _queue_up(turnstile, Lane.URGENT, [])
        turnstile.pause()
        with pytest.raises(Paused):
            await waiting
    assert turnstile.begun == 0


async def test_nobody_begins_while_it_is_paused_though_the_target_is_up_again() -> None:
    turnstile = Turnstile(1)
    turnstile.shut()
    turnstile.pause()
    turnstile.open()
    with pytest.raises(Paused):
        await (await _queue_up(turnstile, Lane.URGENT, []))


async def test_a_resumed_target_that_is_down_still_lets_nobody_begin() -> None:
    turnstile = Turnstile(1)
    turnstile.pause()
    turnstile.shut()
    turnstile.resume()
    waiting = await _queue_up(turnstile, Lane.URGENT, [])
    assert not waiting.done()
    turnstile.open()
    await waiting


async def test_stopping_goes_before_a_pause() -> None:
    turnstile = Turnstile(1)
    turnstile.pause()
    turnstile.stop()
    with pytest.raises(Stopping):
        turnstile.check()
