"""Routing keys and delays."""

from datetime import timedelta

import pytest
from columba_shared.event import Lane
from columba_shared.topology import DELAYS, LONGEST, delay_for, is_keyed, later_key, route, waiting_key, waits_in_broker
from columba_shared.topology.delays import SHORTEST, TOLERANCE
from hypothesis import given
from hypothesis import strategies as st


def test_a_targets_lane_has_one_key() -> None:
    assert route("email", Lane.URGENT) == "email.urgent"


@given(seconds=st.floats(0, LONGEST.total_seconds()))
def test_a_wait_is_the_last_and_hardly_too_long_or_leaves_a_rest(seconds: float) -> None:
    remaining = timedelta(seconds=seconds)
    delay = delay_for(remaining)
    assert delay in DELAYS
    assert delay <= remaining + TOLERANCE
    larger = [each for each in DELAYS if delay < each <= remaining]
    assert larger == [], "a larger one would have fitted"


@pytest.mark.parametrize("wait", DELAYS)
def test_a_usual_window_takes_one_hop_though_publishing_takes_a_moment(wait: timedelta) -> None:
    assert delay_for(wait - timedelta(milliseconds=3)) == wait


def test_a_wait_that_is_over_takes_the_shortest_delay() -> None:
    assert delay_for(timedelta(0)) == SHORTEST


def test_beyond_the_longest_delay_an_event_waits_in_the_log_alone() -> None:
    assert delay_for(LONGEST + timedelta(microseconds=1)) is None
    assert later_key("email", Lane.NORMAL, LONGEST * 2) == "email.normal.log"


def test_within_the_longest_delay_the_key_names_its_seconds() -> None:
    assert later_key("email", Lane.BULK, timedelta(minutes=10)) == "email.bulk.600"


def test_less_than_a_second_is_named_in_milliseconds() -> None:
    assert later_key("email", Lane.BULK, timedelta(milliseconds=300)) == "email.bulk.500ms"


def test_a_keyed_events_key_says_so_behind_its_wait() -> None:
    assert later_key("email", Lane.BULK, timedelta(seconds=30), keyed=True) == "email.bulk.30.keyed"
    assert waiting_key("email", Lane.BULK, None, keyed=True) == "email.bulk.log.keyed"


@pytest.mark.parametrize(
    ("key", "waits", "keyed"),
    [
        ("email.normal", False, False),
        ("email.normal.30", True, False),
        ("email.normal.250ms", True, False),
        ("email.normal.log", False, False),
        ("email.normal.30.keyed", True, True),
        ("email.normal.log.keyed", False, True),
        ("", False, False),
    ],
)
def test_a_key_tells_how_a_message_came(key: str, *, waits: bool, keyed: bool) -> None:
    assert (waits_in_broker(key), is_keyed(key)) == (waits, keyed)


@given(seconds=st.floats(0, LONGEST.total_seconds()))
def test_any_wait_within_a_day_takes_few_hops_and_ends_on_time(seconds: float) -> None:
    remaining, hops = timedelta(seconds=seconds), 0
    while remaining > timedelta(0):
        remaining -= delay_for(remaining) or LONGEST
        hops += 1
    assert hops <= 12
    assert remaining >= -TOLERANCE
