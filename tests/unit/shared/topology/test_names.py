"""Routing keys and delays."""

from datetime import timedelta

import pytest
from columba_shared.event import Lane
from columba_shared.topology import DELAYS, LONGEST, delay_for, later_key, route
from hypothesis import given
from hypothesis import strategies as st


def test_a_targets_lane_has_one_key() -> None:
    assert route("email", Lane.URGENT) == "email.urgent"


@given(seconds=st.floats(1, LONGEST.total_seconds()))
def test_a_wait_takes_the_largest_delay_that_fits(seconds: float) -> None:
    fitting = [delay for delay in DELAYS if delay <= timedelta(seconds=seconds).total_seconds()]
    assert delay_for(timedelta(seconds=seconds)) == fitting[-1]


@pytest.mark.parametrize("seconds", [-5, 0, 0.4])
def test_the_shortest_wait_takes_the_shortest_delay(seconds: float) -> None:
    assert delay_for(timedelta(seconds=seconds)) == DELAYS[0]


def test_beyond_the_longest_delay_an_event_waits_in_the_log_alone() -> None:
    assert delay_for(LONGEST + timedelta(microseconds=1)) is None
    assert later_key("email", Lane.NORMAL, LONGEST * 2) == "email.normal.log"


def test_within_the_longest_delay_the_key_names_its_seconds() -> None:
    assert later_key("email", Lane.BULK, timedelta(minutes=10)) == "email.bulk.600"


def test_any_wait_within_a_day_takes_few_hops() -> None:
    def hops(seconds: int) -> int:
        count = 0
        while seconds > 0:
            seconds -= delay_for(timedelta(seconds=seconds)) or 0
            count += 1
        return count

    assert max(hops(seconds) for seconds in range(1, 86_401, 7)) <= 18
