"""The app's functions in threads, up to a deadline."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from columba_consumers.rendering.app_threads import AppThreads
from columba_consumers.rendering.errors import RendererTooSlow, RenderingStalled, RenderingStopped

from tests.unit.conftest import Later

LONG = timedelta(seconds=10)

place = contextvars.ContextVar("place", default="nowhere")


def blocker() -> tuple[threading.Event, Callable[[], bool]]:
    release = threading.Event()
    return release, lambda: release.wait(LONG.total_seconds())


async def begun(threads: AppThreads, work: Callable[[], object]) -> asyncio.Future[object]:
    """Return a call that a thread is busy with."""
    inside = threading.Event()

    def tell_and_work() -> object:
        inside.set()
        return work()

    call = asyncio.ensure_future(threads.run(tell_and_work, name="shop:invoice"))
    await asyncio.to_thread(inside.wait, LONG.total_seconds())
    return call


async def stuck(threads: AppThreads, work: Callable[[], object], later: Later) -> None:
    """Let a thread be busy until it is given up."""
    call = await begun(threads, work)
    later(LONG)
    with pytest.raises(RendererTooSlow, match="shop:invoice was not done after 10 s"):
        await call


async def test_work_is_done_in_another_thread() -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    assert await threads.run(threading.get_ident, name="x") != threading.get_ident()
    threads.close()


async def test_a_thread_is_used_again() -> None:
    threads = AppThreads(threads=4, deadline=LONG)
    idents = {await threads.run(threading.get_ident, name="x") for _ in range(10)}
    assert len(idents) == 1
    threads.close()


async def test_no_more_threads_work_at_once_than_allowed() -> None:
    threads = AppThreads(threads=2, deadline=LONG)
    both_in = threading.Barrier(2)
    idents: set[int] = set()

    def meet() -> None:
        idents.add(threading.get_ident())
        both_in.wait(LONG.total_seconds())

    await asyncio.gather(*(threads.run(meet, name="x") for _ in range(10)))
    assert len(idents) == 2
    threads.close()


async def test_work_sees_the_callers_context() -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    place.set("here")
    assert await threads.run(place.get, name="x") == "here"
    threads.close()


async def test_what_work_sets_in_its_context_does_not_leak() -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    await threads.run(lambda: place.set("there"), name="x")
    assert await threads.run(place.get, name="x") == "nowhere"
    threads.close()


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(1), TimeoutError("of the app")])
async def test_what_work_raises_is_raised_here(error: BaseException) -> None:
    threads = AppThreads(threads=1, deadline=LONG)

    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        await threads.run(fail, name="x")
    assert caught.value is error
    threads.close()


async def test_work_that_is_not_done_at_its_deadline_is_given_up_by_name_and_its_thread_replaced(later: Later) -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    release, block = blocker()
    await stuck(threads, block, later)
    assert await threads.run(lambda: "next", name="x") == "next"
    release.set()
    threads.close()


async def test_when_every_thread_is_stuck_rendering_has_stalled_and_spends_no_attempt(later: Later) -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    release, block = blocker()
    for _ in range(2):
        await stuck(threads, block, later)
    waiting = asyncio.ensure_future(threads.run(block, name="x"))
    await asyncio.sleep(0)
    later(LONG)
    with pytest.raises(RenderingStalled) as caught:
        await waiting
    assert not caught.value.spends_attempt
    release.set()
    threads.close()


async def test_threads_that_come_back_work_again(later: Later) -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    release, block = blocker()
    back = threading.Barrier(3)

    def work() -> None:
        block()
        back.wait(LONG.total_seconds())

    for _ in range(2):
        await stuck(threads, work, later)
    release.set()
    await asyncio.to_thread(back.wait, LONG.total_seconds())
    assert await threads.run(lambda: "again", name="x") == "again"
    threads.close()


async def test_waiting_for_a_turn_does_not_count_against_the_deadline(later: Later) -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    ends, inside = [threading.Event(), threading.Event()], threading.Event()
    first = await begun(threads, lambda: ends[0].wait(LONG.total_seconds()))

    def work() -> bool:
        inside.set()
        return ends[1].wait(LONG.total_seconds())

    second = asyncio.ensure_future(threads.run(work, name="x"))
    await asyncio.sleep(0)
    later(0.6 * LONG)
    ends[0].set()
    assert await first
    await asyncio.to_thread(inside.wait, LONG.total_seconds())
    later(0.6 * LONG)
    ends[1].set()
    assert await second
    threads.close()


async def test_a_cancelled_call_leaves_the_threads_usable() -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    release, block = blocker()
    call = asyncio.ensure_future(threads.run(block, name="x"))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    release.set()
    assert await threads.run(lambda: "next", name="x") == "next"
    threads.close()


async def test_closing_gives_up_what_works_and_what_waits() -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    release, block = blocker()
    calls = [asyncio.ensure_future(threads.run(block, name="x")) for _ in range(3)]
    await asyncio.sleep(0)
    threads.close()
    for call in calls:
        with pytest.raises(RenderingStopped):
            await asyncio.wait_for(call, LONG.total_seconds() / 2)
    release.set()


async def test_after_closing_no_work_is_taken() -> None:
    threads = AppThreads(threads=1, deadline=LONG)
    threads.close()
    with pytest.raises(RenderingStopped):
        await threads.run(int, name="x")
