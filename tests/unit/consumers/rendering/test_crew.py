"""Small jobs in threads, many per hand-over."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from operator import mul

import pytest
from columba_consumers.rendering.crew import Crew
from columba_consumers.rendering.errors import RenderingStopped

DEADLINE_SECONDS = 10


@pytest.fixture
async def crew() -> AsyncIterator[Crew]:
    """An open crew of two threads."""
    crew = Crew(threads=2)
    crew.open()
    yield crew
    await crew.close()


async def test_a_job_is_done_in_another_thread(crew: Crew) -> None:
    assert await crew.run(threading.get_ident) != threading.get_ident()


async def test_every_job_gets_its_own_result(crew: Crew) -> None:
    results = await asyncio.gather(*(crew.run(partial(mul, number, 2)) for number in range(500)))
    assert results == [number * 2 for number in range(500)]


async def test_a_jobs_error_is_raised_where_it_is_awaited_and_nowhere_else(crew: Crew) -> None:
    def job(number: int) -> int:
        if number == 50:
            raise KeyError(number)
        return number

    results = await asyncio.gather(*(crew.run(partial(job, number)) for number in range(100)), return_exceptions=True)
    assert [number for number, result in enumerate(results) if isinstance(result, KeyError)] == [50]
    assert len([result for result in results if isinstance(result, int)]) == 99


async def test_a_job_that_calls_exit_ends_neither_the_thread_nor_the_process(crew: Crew) -> None:
    def leave() -> None:
        raise SystemExit

    for _ in range(4):
        with pytest.raises(SystemExit):
            await crew.run(leave)
    assert await crew.run(lambda: "still here") == "still here"


async def test_many_jobs_of_one_round_are_handed_back_in_few_batches() -> None:
    loop = asyncio.get_running_loop()
    crew = Crew(threads=1, batch=32)
    crew.open()
    calls: list[object] = []
    threadsafe = loop.call_soon_threadsafe

    def counted(*args: object) -> object:
        calls.append(args[0])
        return threadsafe(*args)  # type: ignore[arg-type]  # what came in goes on

    loop.call_soon_threadsafe = counted  # type: ignore[method-assign, assignment]  # watched, not changed
    await asyncio.gather(*(crew.run(int) for _ in range(128)))
    # A busy machine may end a batch early, after its milliseconds.
    assert len(calls) < 32
    del loop.call_soon_threadsafe
    await crew.close()


async def test_a_slow_job_holds_up_no_other(crew: Crew) -> None:
    release = threading.Event()
    slow = asyncio.ensure_future(crew.run(lambda: release.wait(DEADLINE_SECONDS)))
    quick = [asyncio.ensure_future(crew.run(int)) for _ in range(100)]
    await asyncio.wait_for(asyncio.gather(*quick), DEADLINE_SECONDS)
    assert not slow.done()
    release.set()
    assert await slow


async def test_results_made_before_a_slow_job_of_the_same_batch_are_not_kept_back(crew: Crew) -> None:
    release = threading.Event()
    quick = [asyncio.ensure_future(crew.run(int)) for _ in range(5)]
    slow = asyncio.ensure_future(crew.run(lambda: release.wait(DEADLINE_SECONDS)))
    await asyncio.wait_for(asyncio.gather(*quick), DEADLINE_SECONDS)
    assert not slow.done()
    release.set()
    assert await slow


async def test_the_loop_goes_on_while_all_threads_are_busy(crew: Crew) -> None:
    release = threading.Event()
    slow = [asyncio.ensure_future(crew.run(lambda: release.wait(DEADLINE_SECONDS))) for _ in range(2)]
    for _ in range(100):
        await asyncio.sleep(0)
    release.set()
    assert await asyncio.gather(*slow) == [True, True]


async def test_a_job_cancelled_before_its_turn_is_never_done() -> None:
    crew = Crew(threads=1)
    crew.open()
    release, started = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    done: list[str] = []

    def block() -> bool:
        loop.call_soon_threadsafe(started.set)
        return release.wait(DEADLINE_SECONDS)

    slow = asyncio.ensure_future(crew.run(block))
    waiting = asyncio.ensure_future(crew.run(lambda: done.append("done")))
    await started.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()
    await slow
    await crew.run(int)
    assert done == []
    await crew.close()


async def test_only_so_many_jobs_are_inside_at_once() -> None:
    crew = Crew(threads=1, room=2)
    crew.open()
    release = threading.Event()
    seen: list[int] = []

    def job(number: int) -> None:
        release.wait(DEADLINE_SECONDS)
        seen.append(number)

    tasks = [asyncio.ensure_future(crew.run(partial(job, number))) for number in range(5)]
    await asyncio.sleep(0)
    assert len(crew._jobs) == 2  # noqa: SLF001 -- the bound is on what is inside
    release.set()
    await asyncio.gather(*tasks)
    assert seen == [0, 1, 2, 3, 4]
    await crew.close()


async def test_closing_finishes_the_jobs_there_are() -> None:
    crew = Crew()
    crew.open()
    jobs = [asyncio.ensure_future(crew.run(int)) for _ in range(50)]
    await asyncio.sleep(0)
    await crew.close()
    assert await asyncio.gather(*jobs) == [0] * 50


async def test_closing_gives_up_what_is_not_done_within_the_grace() -> None:
    crew = Crew(threads=1)
    crew.open()
    release = threading.Event()
    jobs = [asyncio.ensure_future(crew.run(lambda: release.wait(DEADLINE_SECONDS))) for _ in range(2)]
    await asyncio.sleep(0)
    await crew.close(grace=timedelta(0))
    for job in jobs:
        with pytest.raises(RenderingStopped):
            await job
    release.set()


async def test_a_crew_that_is_not_open_takes_no_jobs() -> None:
    with pytest.raises(RenderingStopped):
        await Crew().run(int)


async def test_a_closed_crew_takes_no_jobs_and_has_no_threads() -> None:
    before = set(threading.enumerate())
    crew = Crew()
    crew.open()
    started = set(threading.enumerate()) - before
    await crew.close()
    with pytest.raises(RenderingStopped):
        await crew.run(int)
    for thread in started:
        thread.join(DEADLINE_SECONDS)
    assert not any(thread.is_alive() for thread in started)
