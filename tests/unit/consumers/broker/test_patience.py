"""Waiting between two tries."""

from datetime import timedelta

from columba_consumers.broker.rabbit.patience import Patience
from columba_consumers.errors import BrokerLost


async def ceilings(tries: int, *, longest: timedelta) -> list[tuple[float, float]]:
    """Return between which bounds each wait was drawn until a try succeeded."""
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    async def sleep(_seconds: float) -> None:
        pass

    async def work() -> None:
        if len(drawn) < tries:
            raise BrokerLost("not yet")

    await Patience(longest=longest, sleep=sleep, uniform=uniform).retrying()(work)
    return drawn


async def test_waits_grow_from_a_fifth_of_a_second_to_the_longest() -> None:
    drawn = await ceilings(10, longest=timedelta(seconds=30))
    assert [high for _, high in drawn] == [0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30]


async def test_every_wait_is_drawn_from_the_whole_range() -> None:
    drawn = await ceilings(10, longest=timedelta(seconds=30))
    assert {low for low, _ in drawn} == {0.2}


async def test_a_thousandth_try_still_waits_the_longest() -> None:
    drawn = await ceilings(1100, longest=timedelta(seconds=5))
    assert drawn[-1] == (0.2, 5)


def test_a_shorter_longest_wait_wins() -> None:
    patience = Patience(longest=timedelta(seconds=3))
    assert patience.at_most(timedelta(seconds=5)).longest == timedelta(seconds=3)
    assert patience.at_most(timedelta(seconds=1)).longest == timedelta(seconds=1)
