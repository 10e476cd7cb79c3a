"""What an ended brake held is let go in chunks, at the rate that somebody asked for, and published as it goes."""

from columba_consumers.moderation import Moderation
from columba_shared.log import braking
from columba_shared.log.audit import Author
from columba_shared.log.brake import Ending, Extent
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, claim_of, deliveries

CAROL = Author(who="carol")


class Clock:
    """Time that passes while somebody sleeps, and at no other time."""

    def __init__(self) -> None:
        """Begin at nought."""
        self.seconds = 0.0

    async def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.seconds += seconds


def braked(log: Engine, number: int) -> int:
    """Have so many deliveries held by a brake that was ended; return the brake's number."""
    with log.begin() as connection:
        brake = braking.pull(connection, Extent(), CAROL, now=LATER)
    with log.begin() as connection:
        stopped = writer_for(log).claim(connection, [claim_of(each) for each in deliveries(number)])
    assert {each.state for each in stopped.values()} == {State.HELD}
    with log.begin() as connection:
        braking.end(connection, brake.id, Ending.RELEASED, CAROL, now=LATER)
    return brake.id


async def test_no_more_is_let_go_in_a_second_than_was_asked_for(file_log: Engine) -> None:
    clock, advanced = Clock(), list[tuple[float, int]]()
    number = braked(file_log, 23)
    moderation = Moderation(
        engine=file_log,
        sleep=clock.sleep,
        monotonic=lambda: clock.seconds,
        advance=lambda steps: advanced.append((clock.seconds, steps)),
    )
    assert (await moderation.release(number, CAROL, rate=10)).done == 23
    assert advanced == [(0.0, 10), (1.0, 10), (2.0, 3)]


async def test_less_than_one_a_second_is_let_go_one_by_one(file_log: Engine) -> None:
    clock, number = Clock(), braked(file_log, 3)
    moderation = Moderation(engine=file_log, sleep=clock.sleep, monotonic=lambda: clock.seconds)
    assert (await moderation.release(number, CAROL, rate=0.5)).done == 3
    assert clock.seconds == 6.0


async def test_without_a_rate_nobody_waits(file_log: Engine) -> None:
    clock, number = Clock(), braked(file_log, 5)
    moderation = Moderation(engine=file_log, sleep=clock.sleep, monotonic=lambda: clock.seconds, chunk=2)
    assert (await moderation.release(number, CAROL)).done == 5
    assert (await moderation.release(number, CAROL)).done == 0
    assert clock.seconds == 0.0


async def test_what_is_cancelled_is_cancelled_in_chunks_too(file_log: Engine) -> None:
    number = braked(file_log, 5)
    assert (await Moderation(engine=file_log, chunk=2).cancel_held(number, CAROL)).done == 5
