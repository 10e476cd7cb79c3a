"""How many may go, and when a replay stops by itself."""

from uuid import UUID, uuid4

import pytest
from columba_consumers.replay import Gauge
from columba_consumers.replay.gauge import CHUNK, FIRST_WINDOW, WINDOW
from columba_shared.log.replaying import Fared, Fate
from columba_shared.log.replays import Terms
from columba_shared.state import State


def gauge_of(*, stop_at: float | None = 0.1, canary: int | None = None) -> Gauge:
    return Gauge(terms=Terms(states=(State.DEAD,), stop_at=stop_at, canary=canary))


def sent(gauge: Gauge, number: int) -> list[UUID]:
    ids = [uuid4() for _ in range(number)]
    gauge.send(ids)
    return ids


def end(gauge: Gauge, ids: list[UUID], fate: Fate = Fate.DELIVERED) -> None:
    gauge.see({key: Fared(fate=fate, reason="550 no" if fate is Fate.FAILED else None) for key in ids})


def well(gauge: Gauge, number: int) -> None:
    """Let that many go and arrive, as many at once as may."""
    while gauge.went < number:
        end(gauge, sent(gauge, min(gauge.room, number - gauge.went)))


def test_few_go_at_first_and_more_as_they_arrive() -> None:
    gauge = gauge_of()
    assert gauge.room == FIRST_WINDOW
    first = sent(gauge, FIRST_WINDOW)
    assert gauge.room == 0
    end(gauge, first)
    assert gauge.room == 2 * FIRST_WINDOW
    well(gauge, 200)
    assert gauge.room == WINDOW


def test_what_failed_makes_room_but_no_more_of_it() -> None:
    gauge = gauge_of()
    end(gauge, sent(gauge, FIRST_WINDOW)[:2], Fate.FAILED)
    assert gauge.room == 2


@pytest.mark.parametrize("before", [0, 30, 5_000])
@pytest.mark.parametrize("stop_at", [0.1, 0.3, 0.5, 0.9])
def test_it_stops_within_50_failures_whatever_went_well_before(before: int, stop_at: float) -> None:
    gauge = gauge_of(stop_at=stop_at)
    well(gauge, before)
    failing = 0
    while gauge.problem is None:
        ids = sent(gauge, gauge.room)
        failing += len(ids)
        end(gauge, ids, Fate.FAILED)
    assert failing <= 50


def test_with_a_low_bound_two_failures_are_no_sign_of_anything() -> None:
    gauge = gauge_of(stop_at=0.01)
    ids = sent(gauge, FIRST_WINDOW)
    end(gauge, ids[:2], Fate.FAILED)
    assert gauge.problem is None
    end(gauge, ids[2:3], Fate.FAILED)
    assert gauge.problem is not None


def test_who_will_have_no_failure_gets_none() -> None:
    gauge = gauge_of(stop_at=0.0)
    well(gauge, 100)
    end(gauge, sent(gauge, 1), Fate.FAILED)
    assert gauge.problem is not None


def test_all_that_was_under_way_counts_among_those_50() -> None:
    gauge = gauge_of()
    well(gauge, 5_000)
    under_way: list[UUID] = []
    failed = 0
    while gauge.problem is None:
        under_way += sent(gauge, gauge.room)
        end(gauge, [under_way.pop()], Fate.FAILED)
        failed += 1
    assert failed + len(under_way) == 50


def test_few_failures_among_many_do_not_stop_it() -> None:
    gauge = gauge_of()
    for _ in range(30):
        ids = sent(gauge, FIRST_WINDOW)
        end(gauge, ids[:1], Fate.FAILED)
        end(gauge, ids[1:])
        assert gauge.problem is None


def test_it_says_how_many_failed_and_how_the_last_one_did() -> None:
    gauge = gauge_of()
    end(gauge, sent(gauge, 10), Fate.FAILED)
    assert gauge.problem == "10 of the latest 10 outcomes are failures; the last: 550 no"


def test_what_somebody_stopped_is_neither_a_failure_nor_a_success() -> None:
    gauge = gauge_of()
    end(gauge, sent(gauge, 10), Fate.STOPPED)
    assert (gauge.problem, gauge.room) == (None, FIRST_WINDOW)


def test_never_means_never_and_as_many_at_once_as_a_step_takes() -> None:
    gauge = gauge_of(stop_at=None)
    end(gauge, sent(gauge, 1000), Fate.FAILED)
    assert (gauge.problem, gauge.room, gauge.watches) == (None, CHUNK, False)


@pytest.mark.parametrize("stop_at", [None, 0.1])
def test_nothing_goes_until_all_canaries_are_back(stop_at: float | None) -> None:
    gauge = gauge_of(stop_at=stop_at, canary=3)
    assert gauge.room == 3
    ids = sent(gauge, 3)
    end(gauge, ids[:2])
    assert (gauge.room, gauge.watches) == (0, True)
    end(gauge, ids[2:])
    assert gauge.problem is None
    assert gauge.room > 0


@pytest.mark.parametrize("stop_at", [None, 0.1])
def test_canaries_that_fail_stop_it_however_few_they_are(stop_at: float | None) -> None:
    gauge = gauge_of(stop_at=stop_at, canary=2)
    end(gauge, sent(gauge, 2), Fate.FAILED)
    assert gauge.problem is not None
    assert "2 canaries" in gauge.problem


def test_the_last_are_waited_for_where_somebody_is_at_work() -> None:
    gauge = gauge_of()
    awaits = [gauge.awaits_the_last]
    for key in sent(gauge, 2):
        end(gauge, [key])
        awaits.append(gauge.awaits_the_last)
    assert awaits == [False, True, False]


def test_canaries_are_waited_for_also_when_they_are_all_there_is() -> None:
    gauge = gauge_of(stop_at=None, canary=5)
    sent(gauge, 2)
    assert gauge.awaits_the_last
