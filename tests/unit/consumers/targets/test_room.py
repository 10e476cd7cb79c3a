"""Room at one destination: who waits too long for it is put off, and not the destination."""

import asyncio

import pytest
from columba_consumers.errors import NoRoom, NotBegun
from columba_consumers.targets.room import Room


async def stay(room: Room, until: asyncio.Event) -> None:
    async with room.place():
        await until.wait()


async def test_a_line_is_served_in_its_order_and_without_a_rest() -> None:
    room, served = Room(2, patience=60), []

    async def serve(number: int) -> None:
        async with room.place():
            served.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*map(serve, range(50)))
    assert served == list(range(50))


async def test_who_waits_too_long_is_put_off_and_leaves_the_line() -> None:
    room, end = Room(1, patience=0.01), asyncio.Event()
    staying = asyncio.create_task(stay(room, end))
    await asyncio.sleep(0)
    for _ in range(2):
        with pytest.raises(NoRoom):
            await stay(room, end)
    end.set()
    await staying
    await stay(room, end)


async def test_who_is_cancelled_in_line_has_not_begun() -> None:
    room, end = Room(1, patience=None), asyncio.Event()
    staying, waiting = (asyncio.create_task(stay(room, end)) for _ in range(2))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(NotBegun):
        await waiting
    end.set()
    await staying


async def test_without_patience_all_wait() -> None:
    room, end = Room(1, patience=None), asyncio.Event()
    staying = [asyncio.create_task(stay(room, end)) for _ in range(9)]
    await asyncio.sleep(0)
    end.set()
    await asyncio.gather(*staying)
