"""The app is asked about each event of a digest: together, within bounds."""

import asyncio
from datetime import timedelta

import pytest
from columba_consumers.rendering.asking import AT_ONCE, DEADLINES, ask_each
from columba_consumers.rendering.errors import RendererTooSlow, Vanished

MINUTE = timedelta(minutes=1)


async def test_as_many_are_asked_at_once_as_may_be_and_no_more() -> None:
    together, most = 0, 0
    barrier = asyncio.Barrier(AT_ONCE)

    async def doubled(number: int) -> int:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await barrier.wait()  # one after the other, nobody would pass
        together -= 1
        return 2 * number

    answers = await ask_each(doubled, range(4 * AT_ONCE), deadline=MINUTE, what="numbers")
    assert answers == [2 * number for number in range(4 * AT_ONCE)]
    assert most == AT_ONCE


async def test_all_of_them_have_one_deadline() -> None:
    never = asyncio.Event()

    async def ask(number: int) -> int:
        if number > 1:
            await never.wait()
        return number

    limit = timedelta(milliseconds=10)
    with pytest.raises(RendererTooSlow, match=r"of 20 numbers 2 were done after 0\.01 s"):
        await ask_each(ask, range(20), deadline=limit / DEADLINES, what="numbers")


async def test_the_first_that_fails_ends_the_others() -> None:
    ended: list[int] = []
    never = asyncio.Event()

    async def ask(number: int) -> None:
        if number == 1:
            raise Vanished("gone")
        try:
            await never.wait()
        finally:
            ended.append(number)

    with pytest.raises(Vanished):
        await ask_each(ask, range(3), deadline=MINUTE, what="numbers")
    assert ended == [0, 2]
