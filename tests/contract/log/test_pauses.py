"""Pauses of targets: kept in the log, and told to those whom they concern."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from columba_consumers.lookout import Lookout
from columba_shared.log import pauses
from columba_shared.log.audit import Author
from sqlalchemy import Engine

from tests.contract.log.entries import LATER

CAROL = Author(who="carol", why="wrong price")


@dataclass(slots=True)
class Told:
    """A worker that keeps what it is told."""

    words: list[str] = field(default_factory=list)

    async def pause(self) -> None:
        """Keep it."""
        self.words.append("pause")

    async def resume(self) -> None:
        """Keep it."""
        self.words.append("resume")


def pause(log: Engine, *targets: str) -> Sequence[str]:
    with log.begin() as connection:
        return pauses.pause(connection, targets, CAROL, now=LATER)


def resume(log: Engine, *targets: str) -> Sequence[str]:
    with log.begin() as connection:
        return pauses.resume(connection, targets, CAROL, now=LATER)


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
