"""A flow gives each its moment: evenly spaced, never early, slower after a complaint and faster with time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from columba_shared.log.flow import FIRST, LONGEST_ASKED, LONGEST_SHUT, MARGIN, SLOWEST, Flow, Ramp
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_without_a_limit_anybody_may_begin_at_once() -> None:
    flow, moments = Flow().reserve(3, NOW)
    assert flow.is_free(NOW)
    assert list(moments) == [NOW] * 3


@given(
    asked=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 20)), min_size=1, max_size=20), limit=st.floats(0.5, 500)
)
def test_moments_are_never_closer_than_the_limit_allows_however_they_are_asked_for(
    asked: list[tuple[float, int]], limit: float
) -> None:
    flow, now = Flow(limit=limit), NOW
    moments: list[datetime] = []
    for pause, count in asked:
        now += timedelta(seconds=pause)
        flow, given_now = flow.reserve(count, now)
        assert all(moment >= now for moment in given_now)
        moments += given_now
    spaces = [(after - before).total_seconds() for before, after in pairwise(moments)]
    assert all(space >= 1 / limit - 1e-5 for space in spaces)


def test_a_moment_that_nobody_used_is_gone() -> None:
    flow, _ = Flow(limit=10).reserve(1, NOW)
    _, moments = flow.reserve(2, later(60))
    assert moments[0] == later(60)
    assert moments[1] > later(60)


def test_whoever_throttles_is_left_alone_for_as_long_as_it_asked() -> None:
    flow = Flow().throttled(NOW, after=timedelta(seconds=40), observed=50, reply="slow down")
    assert flow.is_shut(later(39))
    assert not flow.is_shut(later(40))
    _, moments = flow.reserve(1, NOW)
    assert moments[0] >= later(40)


@pytest.mark.parametrize(("limit", "before"), [(None, 50.0), (20.0, 20.0 * MARGIN)])
def test_whoever_throttles_is_given_half_of_what_it_was_given(limit: float | None, before: float) -> None:
    flow = Flow(limit=limit).throttled(NOW, after=SECOND, observed=50, reply="slow down")
    assert flow.rate(later(1)) == pytest.approx(before / 2)


def test_many_complaints_about_the_same_moment_halve_once() -> None:
    flow = Flow().throttled(NOW, after=timedelta(seconds=10), observed=80, reply="one")
    again = flow.throttled(later(0.1), after=timedelta(seconds=30), observed=80, reply="two")
    assert again.rate(later(30.1)) == pytest.approx(flow.rate(later(10)))
    assert again.is_shut(later(29))


def test_a_pause_that_is_asked_for_is_believed_for_a_day_at_most() -> None:
    flow = Flow().throttled(NOW, after=timedelta(days=400), observed=1, reply="go away")
    assert flow.shut_until == NOW + LONGEST_ASKED


def test_a_rate_that_was_halved_grows_back_to_the_limit_and_no_further() -> None:
    flow = Flow(limit=20).throttled(NOW, after=SECOND, observed=0, reply="slow down")
    rates = [flow.rate(later(seconds)) or 0.0 for seconds in range(1, 600)]
    assert rates == sorted(rates)
    assert rates[-1] == pytest.approx(20 * MARGIN)


def test_without_a_limit_it_grows_until_it_is_none() -> None:
    flow = Flow().throttled(NOW, after=SECOND, observed=10, reply="slow down")
    assert flow.rate(later(3600)) is None
    assert flow.tidied(later(3600)) == Flow(failures=1, refused_since=NOW)


def test_nobody_is_slowed_down_for_ever() -> None:
    flow = Flow()
    for number in range(50):
        flow = flow.throttled(later(number * 10), after=SECOND, observed=0, reply="slow down")
    assert (flow.rate(later(491)) or 0) >= SLOWEST


def test_a_destination_that_does_not_answer_is_left_alone_longer_each_time() -> None:
    flow, now, pauses = Flow(), NOW, []
    for _ in range(12):
        flow = flow.failed(now, reply="no route")
        assert flow.shut_until is not None
        pauses.append(flow.shut_until - now)
        now = flow.shut_until
    assert pauses == sorted(pauses)
    assert pauses[0] == SECOND
    assert pauses[-1] == LONGEST_SHUT
    assert flow.answered().failed(later(100_000), reply="no route").shut_until == later(100_001)


def test_after_an_outage_it_begins_slowly_and_doubles() -> None:
    flow = Flow().recovered(NOW)
    counts = []
    for second in range(4):
        taken = 0
        while True:
            more, moments = flow.reserve(1, later(second))
            if moments[0] >= later(second + 1):
                break
            flow, taken = more, taken + 1
        counts.append(taken)
    assert counts[0] <= FIRST + 1
    assert counts == sorted(counts)


def test_whoever_finds_it_is_back_a_little_later_does_not_begin_anew() -> None:
    flow = Flow().recovered(NOW)
    assert flow.recovered(later(3)) == flow
    assert flow.recovered(later(3600)) != flow


def test_those_put_off_come_one_after_the_other_behind_those_already_there() -> None:
    flow, _ = Flow(limit=1).reserve(5, NOW)
    flow, first = flow.line_up(3, NOW)
    _, second = flow.line_up(1, NOW)
    places = [*first, *second]
    assert places[0] > later(5)
    assert all(after - before >= SECOND for before, after in pairwise(places))


def test_a_pause_that_is_asked_for_in_a_pause_puts_the_slow_beginning_off_too() -> None:
    flow = Flow().throttled(NOW, after=SECOND, observed=10, reply="one")
    flow = flow.throttled(later(0.5), after=timedelta(hours=20), observed=10, reply="two").tidied(later(3600))
    opens = NOW + timedelta(hours=20, seconds=0.5)
    assert flow.reply == "two"
    assert flow.rate(opens) == pytest.approx(5)


@pytest.mark.parametrize("limit", [None, 50.0])
def test_those_put_off_at_a_destination_that_was_down_are_back_when_it_bears_them(limit: float | None) -> None:
    flow = Flow(limit=limit).failed(NOW, reply="no route").failed(later(1), reply="no route")
    flow, places = flow.line_up(5_000, later(2))
    flow, more = flow.line_up(100, later(2))
    places = [*places, *more]
    opens = flow.shut_until or NOW
    assert places == sorted(places)
    assert places[-1] < opens + timedelta(seconds=20 + 5_100 / (0.85 * (limit or 2_000)))
    for seconds in range(12):
        came = sum(opens <= place < opens + (seconds + 1) * SECOND for place in places)
        let_in = sum(flow.rate(opens + (number + 1) * SECOND) or 2_000 for number in range(seconds + 1))
        assert came <= let_in + 1


def test_those_put_off_under_a_much_lower_limit_make_no_line_once_it_is_raised() -> None:
    low, _ = Flow(limit=1 / 60).line_up(1_000, NOW)
    assert (low.line_end(NOW) or NOW) > NOW + timedelta(hours=15)
    assert replace(low, limit=1.5 / 60).line_end(NOW) == low.line_at
    raised = replace(low, limit=10)
    assert raised.line_end(NOW) is None
    _, (place,) = raised.line_up(1, NOW)
    assert place < later(1)


def test_moments_reserved_by_a_clock_that_was_set_back_stop_nobody_for_long() -> None:
    flow, _ = Flow(limit=100).reserve(5, NOW + timedelta(hours=6))
    _, (moment,) = flow.reserve(1, NOW)
    assert moment < later(15)


def test_what_has_had_its_time_restricts_nothing() -> None:
    flow = Flow().throttled(NOW, after=timedelta(minutes=5), observed=500, reply="slow down")
    until = flow.restricted_until
    assert until is not None
    assert flow.rate(until - SECOND) is not None
    assert flow.is_free(until + SECOND)
    assert Flow(limit=3, free_at=NOW, line_at=NOW).restricted_until is None


def test_since_when_nothing_was_taken_is_known_until_something_is() -> None:
    flow = Flow().throttled(NOW, after=SECOND, observed=1, reply="wait").failed(later(5), reply="no route")
    assert flow.throttled(later(60), after=SECOND, observed=1, reply="wait").refused_since == NOW
    assert flow.answered().refused_since is None
    assert flow.recovered(later(60)).refused_since is None


def test_asking_for_nothing_changes_nothing() -> None:
    flow = Flow(limit=3)
    assert flow.line_up(0, NOW) == (flow, [])


def test_an_account_that_is_warmed_up_is_given_twice_as_much_each_day_until_its_limit() -> None:
    plan = Ramp(rate=200 / 86_400, since=NOW, doubles=timedelta(days=1))
    flow = Flow(limit=1.0, plan=plan)
    by_day = [(flow.rate(NOW + timedelta(days=day)) or 0) * 86_400 for day in range(12)]
    assert by_day[:4] == pytest.approx([200, 400, 800, 1600])
    assert by_day[-1] == pytest.approx(86_400 * MARGIN)
    assert Flow(plan=plan).is_free(NOW + timedelta(days=30))
