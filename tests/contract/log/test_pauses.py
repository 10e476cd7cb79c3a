"""Pauses of targets: kept in the log, and told to those whom they concern."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from columba_consumers.errors import BrokerLost
from columba_consumers.lookout import Lookout
from columba_shared.log import pauses
from columba_shared.log.audit import Author
from columba_shared.log.flow import Flow
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from tests.contract.log.entries import LATER

CAROL = Author(who="carol", why="wrong price")


@dataclass(slots=True)
class Told:
    """A worker that keeps what it is told."""

    words: list[str] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)
    heard: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def pause(self) -> None:
        """Keep it."""
        self._hear("pause")

    async def resume(self) -> None:
        """Keep it."""
        self._hear("resume")

    def heed(self, flows: Mapping[str, Flow]) -> None:
        """Keep how fast destinations are given what."""
        self.flows = dict(flows)

    async def next(self) -> str:
        """Wait for the next word."""
        async with asyncio.timeout(10):
            await self.heard.acquire()
        return self.words[-1]

    def _hear(self, word: str) -> None:
        self.words.append(word)
        self.heard.release()


def pause(log: Engine, *targets: str) -> Sequence[str]:
    with log.begin() as connection:
        return pauses.pause(connection, targets, CAROL, now=LATER)


def resume(log: Engine, *targets: str) -> Sequence[str]:
    with log.begin() as connection:
        return pauses.resume(connection, targets, CAROL, now=LATER)


@asynccontextmanager
async def at_the_lookout(log: Engine, **workers: Told) -> AsyncIterator[None]:
    """Have somebody look, very often, while the context lasts."""
    lookout = Lookout(log, workers, every_seconds=0.01)
    looking = asyncio.create_task(lookout.run())
    try:
        yield
    finally:
        lookout.stop()
        await looking


@contextmanager
def away(log: Engine) -> Iterator[asyncio.Semaphore]:
    """Let the database be away while the context lasts; what is yielded counts who asks it in vain."""
    asked, loop = asyncio.Semaphore(0), asyncio.get_running_loop()

    def refuse(*_: object) -> None:
        loop.call_soon_threadsafe(asked.release)
        raise OperationalError("select 1", {}, Exception("connection refused"))

    event.listen(log, "before_cursor_execute", refuse)
    try:
        yield asked
    finally:
        event.remove(log, "before_cursor_execute", refuse)


def test_a_pause_says_who_and_why(log: Engine) -> None:
    pause(log, "email")
    with log.connect() as connection:
        (found,) = pauses.pauses(connection)
    assert (found.target, found.who, found.why, found.at) == ("email", "carol", "wrong price", LATER)


def test_what_is_paused_is_not_paused_again(log: Engine) -> None:
    pause(log, "email")
    assert pause(log, "email", "sms") == ["sms"]


def test_only_what_is_paused_is_resumed(log: Engine) -> None:
    pause(log, "email")
    assert resume(log, "email", "sms") == ["email"]
    assert resume(log, "email") == []


async def test_a_worker_is_told_of_its_targets_pause_once(log: Engine) -> None:
    email, sms = Told(), Told()
    lookout = Lookout(log, {"email": email, "sms": sms})
    pause(log, "email", "push")
    await lookout.look()
    await lookout.look()
    assert (email.words, sms.words) == (["pause"], [])


async def test_a_worker_is_told_when_its_targets_pause_is_over(log: Engine) -> None:
    email = Told()
    lookout = Lookout(log, {"email": email})
    pause(log, "email")
    await lookout.look()
    resume(log, "email")
    await lookout.look()
    assert email.words == ["pause", "resume"]


async def test_while_the_database_is_away_what_was_seen_last_holds_and_then_it_is_looked_at_again(log: Engine) -> None:
    email, sms = Told(), Told()
    pause(log, "email")
    async with at_the_lookout(log, email=email, sms=sms):
        assert await email.next() == "pause"
        with away(log) as asked:
            for _ in range(3):
                await asked.acquire()
            during = (list(email.words), list(sms.words))
        resume(log, "email")
        pause(log, "sms")
        assert (await email.next(), await sms.next()) == ("resume", "pause")
    assert during == (["pause"], [])


async def test_a_consumer_that_starts_during_a_pause_is_told_at_its_first_look(log: Engine) -> None:
    pause(log, "email")
    email = Told()
    await Lookout(log, {"email": email}).look()
    assert email.words == ["pause"]


async def test_a_worker_that_could_not_be_told_is_told_again(log: Engine) -> None:
    class Deaf(Told):
        """Hears nothing the first time."""

        async def pause(self) -> None:
            """Fail, as a worker does whose broker is gone."""
            await super().pause()
            if len(self.words) == 1:
                raise BrokerLost("gone")

    email = Deaf()
    pause(log, "email")
    async with at_the_lookout(log, email=email):
        await email.next()
        await email.next()
    assert email.words == ["pause", "pause"]
