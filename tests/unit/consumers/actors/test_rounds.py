"""Work in rounds: patient with outages, quick when told, ended when asked."""

import asyncio

import pytest
from columba_consumers.rounds import PATIENCE_SECONDS, Rounds
from columba_shared.publishing import BrokerAway
from tenacity import wait_fixed


class Work:
    """Counts its rounds, and fails in those that it is told to."""

    def __init__(self, *failures: Exception, rest_seconds: float = 60.0) -> None:
        self._failures = list(failures)
        self._rest_seconds = rest_seconds
        self.done = asyncio.Semaphore(0)
        self.failed = asyncio.Event()

    async def __call__(self) -> float:
        """Do one round."""
        await asyncio.sleep(0)
        if self._failures:
            self.failed.set()
            raise self._failures.pop(0)
        self.done.release()
        return self._rest_seconds


async def _stop(rounds: Rounds, running: "asyncio.Task[None]") -> None:
    rounds.stop()
    async with asyncio.timeout(2):
        await running


async def test_work_that_fails_for_want_of_the_broker_is_tried_again() -> None:
    work = Work(BrokerAway("away"), BrokerAway("away"))
    rounds = Rounds("test", work)
    running = asyncio.create_task(rounds.run())
    async with asyncio.timeout(5):
        await work.done.acquire()
    await _stop(rounds, running)


async def test_a_hint_ends_the_rest() -> None:
    work = Work()
    rounds = Rounds("test", work)
    running = asyncio.create_task(rounds.run())
    async with asyncio.timeout(2):
        await work.done.acquire()
        rounds.hint()
        await work.done.acquire()
    await _stop(rounds, running)


async def test_a_hint_during_the_work_is_not_lost() -> None:
    hinted = Work()
    rounds = Rounds("test", hinted)
    rounds.hint()
    running = asyncio.create_task(rounds.run())
    async with asyncio.timeout(2):
        await hinted.done.acquire()
        await hinted.done.acquire()
    await _stop(rounds, running)


async def test_stopping_does_not_wait_for_an_outage_to_end() -> None:
    work = Work(*[BrokerAway("away")] * 9)
    rounds = Rounds("test", work, wait=wait_fixed(3600))
    running = asyncio.create_task(rounds.run())
    async with asyncio.timeout(2):
        await work.failed.wait()
    await _stop(rounds, running)


async def test_a_defect_is_not_waited_for() -> None:
    rounds = Rounds("test", Work(KeyError("a defect")))
    with pytest.raises(KeyError):
        await rounds.run()


async def test_work_that_rests_is_healthy_for_as_long_as_it_rests() -> None:
    clock = [0.0]
    work = Work(rest_seconds=3600.0)
    rounds = Rounds("test", work, monotonic=lambda: clock[0])
    running = asyncio.create_task(rounds.run())
    async with asyncio.timeout(2):
        await work.done.acquire()
        await asyncio.sleep(0)
    seen = []
    for clock[0] in (3600.0 + PATIENCE_SECONDS - 1, 3600.0 + PATIENCE_SECONDS):
        seen.append(rounds.healthy)
    assert seen == [True, False]
    await _stop(rounds, running)


def test_work_that_gets_nowhere_is_not_healthy_for_long() -> None:
    clock = [0.0]
    rounds = Rounds("test", Work(), monotonic=lambda: clock[0])
    seen = [rounds.healthy]
    clock[0] = PATIENCE_SECONDS
    seen.append(rounds.healthy)
    rounds.progress()
    seen.append(rounds.healthy)
    assert seen == [True, False, True]
