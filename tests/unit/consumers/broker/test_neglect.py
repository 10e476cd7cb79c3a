"""When a consumer to which nothing comes takes itself for forgotten."""

import pytest
from columba_consumers.broker.rabbit.channel import Depth
from columba_consumers.broker.rabbit.neglect import Neglect
from columba_shared.topology import names

EMAIL = "columba.email.normal"


def looks(neglect: Neglect, *depths: tuple[int, int], last: int = 7) -> list[bool]:
    """Return what it says as nothing comes in and the queue stands so (ready, consumers), look by look."""
    neglect.is_still(last)
    return [neglect.is_still(last) and neglect.seen(Depth(ready=ready, consumers=others)) for ready, others in depths]


@pytest.mark.parametrize(
    ("depth", "why"),
    [((0, 0), "the broker knows nobody"), ((3, 0), "nobody gets them"), ((3, 2), "we have room and get none of them")],
)
def test_two_looks_in_a_row_make_it_certain(depth: tuple[int, int], why: str) -> None:
    assert looks(Neglect.of(EMAIL), depth, depth) == [False, True], why


def test_a_queue_with_nothing_in_it_is_no_reason() -> None:
    assert not any(looks(Neglect.of(EMAIL), (0, 1), (0, 1), (0, 3)))


def test_one_look_between_begins_anew() -> None:
    assert not any(looks(Neglect.of(EMAIL), (1, 1), (0, 1), (1, 1), (0, 1)))


def test_something_that_comes_in_begins_anew() -> None:
    neglect = Neglect.of(EMAIL)
    assert looks(neglect, (1, 1), last=7) == [False]
    assert looks(neglect, (1, 1), last=8) == [False]
    assert looks(neglect, (1, 1), last=8) == [True]


def test_the_second_ledger_waits_while_the_first_gets_everything() -> None:
    assert not any(looks(Neglect.of(names.LEDGER), (500, 2), (500, 2), (500, 2)))
    assert looks(Neglect.of(names.LEDGER), (500, 0), (500, 0)) == [False, True]
