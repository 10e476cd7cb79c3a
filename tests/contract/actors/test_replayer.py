"""A replay hears out what went last, and is not stopped by what nobody can read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from columba_consumers.copies.dispatch import Dispatch
from columba_consumers.copies.following import Following
from columba_consumers.replay import Replayer
from columba_shared.log import replays
from columba_shared.log.audit import Author
from columba_shared.log.replays import Asking, Replay, Terms
from columba_shared.log.selection import Selection
from columba_shared.log.tables import delivery, event
from columba_shared.publishing import Message
from columba_shared.publishing.report import Report
from columba_shared.state import State
from sqlalchemy import Engine, select, update

from tests.contract.log.entries import LATER, deliveries
from tests.contract.log.filling import conclude

CAROL = Author(who="carol")


@dataclass
class Time:
    """Passes while somebody sleeps; something may happen meanwhile."""

    happens: Callable[[float], None] = lambda _: None
    seconds: float = 0.0

    async def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.seconds += seconds
        self.happens(self.seconds)


def dead(log: Engine, number: int) -> Replay:
    """Have so many deliveries die; return a replay of all of them."""
    conclude(log, *deliveries(number), state=State.DEAD, reason="550 no")
    asking = Asking(who="carol", words="all that is dead", now=LATER)
    with log.begin() as connection:
        terms = Terms(states=(State.DEAD,), stop_at=0.1)
        return replays.freeze(connection, Selection(states={State.DEAD}), terms, asking)


def end(log: Engine, state: State, *, most: int = 100) -> None:
    """Let so many of those that wait come to this."""
    with log.begin() as connection:
        waiting = connection.scalars(select(delivery.c.id).where(delivery.c.state == "scheduled").limit(most)).all()
        mine = delivery.c.id.in_(waiting)
        connection.execute(update(delivery).where(mine).values(state=state.value, attempts=1, reason="550 no"))


def went(log: Engine) -> int:
    with log.connect() as connection:
        return len(connection.scalars(select(delivery.c.id).where(delivery.c.claim > 1)).all())


def replayer(log: Engine, time: Time, dispatch: Dispatch | None = None) -> Replayer:
    following = Following(engine=log, dispatch=dispatch)
    return Replayer(engine=log, following=following, author=CAROL, monotonic=lambda: time.seconds, sleep=time.sleep)


@dataclass
class Everything:
    """A broker that takes all there is."""

    taken: list[Message] = field(default_factory=list)

    async def publish(self, messages: Sequence[Message]) -> Report:
        """Take them."""
        self.taken += messages
        return Report(taken=len(messages), failures=())


async def test_what_nobody_can_read_dies_again_and_stops_nothing(file_log: Engine) -> None:
    replay, broker = dead(file_log, 3), Everything()
    with file_log.begin() as connection:
        unreadable = connection.scalar(select(delivery.c.event_id).limit(1))
        connection.execute(update(event).where(event.c.id == unreadable).values(body=b"{rubbish"))
    result = await replayer(file_log, Time(), broker).run(replay)
    assert (result.reopened, result.published, result.problem) == (3, 2, None)
    with file_log.connect() as connection:
        (reason,) = connection.scalars(select(delivery.c.reason).where(delivery.c.state == "dead"))
    assert "cannot be read" in reason


def has_ended(log: Engine, replay: Replay) -> bool:
    with log.connect() as connection:
        found = replays.found(connection, replay.id)
    return found is not None and found.ended_at is not None


async def test_the_outcomes_of_the_last_that_went_are_waited_for(file_log: Engine) -> None:
    replay = dead(file_log, 12)
    result = await replayer(file_log, Time(happens=lambda _: end(file_log, State.SENT, most=1))).run(replay)
    assert (result.reopened, result.problem, result.over) == (12, None, True)
    with file_log.connect() as connection:
        assert set(connection.scalars(select(delivery.c.state))) == {"sent"}


async def test_failures_among_the_last_that_went_are_told_although_nothing_is_left(file_log: Engine) -> None:
    replay = dead(file_log, 20)

    def happens(_: float) -> None:
        end(file_log, State.SENT if went(file_log) < 20 else State.DEAD)

    result = await replayer(file_log, Time(happens=happens)).run(replay)
    assert result.over
    assert (result.problem or "").startswith("all have gone: ")
    assert has_ended(file_log, replay)


async def test_nobody_is_waited_for_for_long_who_does_not_come(file_log: Engine) -> None:
    replay = dead(file_log, 12)
    time = Time(happens=lambda now: end(file_log, State.SENT, most=3) if now < 0.04 else None)
    result = await replayer(file_log, time).run(replay)
    assert (result.reopened, result.problem) == (12, None)
    assert time.seconds < 20
