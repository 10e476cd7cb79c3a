"""Actors beside a process's work: told to stop at its end, and missed when they fail."""

import asyncio

import pytest
from columba_consumers.process.session import at_work, run_until
from columba_consumers.process.signals import Stop


class Failed(Exception):
    """A defect."""


class Actor:
    """Works until it is told to stop, or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.begun = asyncio.Event()
        self.done = False
        self._failure = failure
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Work."""
        self.begun.set()
        if self._failure is not None:
            raise self._failure
        await self._stopped.wait()
        await asyncio.sleep(0)
        self.done = True

    def stop(self) -> None:
        """Finish."""
        self._stopped.set()


async def test_at_the_end_of_the_work_an_actor_finishes_what_is_under_way() -> None:
    actor = Actor()
    async with at_work(actor):
        await actor.begun.wait()
    assert actor.done


async def test_work_does_not_go_on_without_its_actor() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(Failed):
            async with at_work(Actor(Failed("the table is gone"))):
                await asyncio.Event().wait()


async def test_the_works_own_error_is_told_as_it_is() -> None:
    async def work() -> None:
        async with at_work(Actor()):
            raise Failed("something else")

    with pytest.raises(Failed):
        await work()


async def test_work_that_is_cancelled_is_cancelled_and_no_failure() -> None:
    actor = Actor()

    async def work() -> None:
        async with at_work(actor):
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await actor.begun.wait()
    working.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await working


async def test_an_actor_that_fails_stops_the_others_and_is_told() -> None:
    other = Actor()
    async with asyncio.timeout(5):
        with pytest.raises(Failed):
            await run_until(Stop("test"), [other, Actor(Failed("a defect"))])
    assert other.done


async def test_a_signal_lets_every_actor_finish() -> None:
    actors, stop = [Actor(), Actor()], Stop("test")
    running = asyncio.create_task(run_until(stop, actors))
    for actor in actors:
        await actor.begun.wait()
    stop.started()
    stop.ask(15)
    async with asyncio.timeout(5):
        await running
    assert [actor.done for actor in actors] == [True, True]
