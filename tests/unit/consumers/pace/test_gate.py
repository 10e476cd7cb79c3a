"""A gate lets deliveries pass at reserved moments, and no crowd of late ones together."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf

import pytest
from columba_consumers.pace import SharedTime
from columba_consumers.pace.gate import AHEAD_SECONDS, GRACE_SECONDS, Gate
from columba_shared.log.flow import MARGIN, Flow

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass
class Watch:
    """A clock that goes when it is told to."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def gate_of(watch: Watch, *, limit: float | None = None, own: bool = False) -> Gate:
    return Gate("example.com", SharedTime(now=lambda: NOW, monotonic=watch), limit=limit, own=own)


def reserve(gate: Gate, *seconds: float) -> None:
    """Reserve moments so many seconds after the test's beginning."""
    gate.reserved([NOW + timedelta(seconds=each) for each in seconds])


def test_nobody_waits_where_nothing_is_limited(watch: Watch) -> None:
    gate = gate_of(watch)
    assert gate.seconds_left() == 0
    assert gate.lacks(10) == 0


def test_nobody_passes_before_a_moment_is_reserved(watch: Watch) -> None:
    assert gate_of(watch, limit=10).seconds_left() == inf


def test_each_moment_lets_one_pass_and_not_before_it(watch: Watch) -> None:
    gate = gate_of(watch, limit=10)
    reserve(gate, 0.5, 0.6)
    assert gate.seconds_left() == pytest.approx(0.5)
    watch.seconds += 0.5
    assert gate.seconds_left() == 0
    assert gate.pass_one() == pytest.approx(watch.seconds + GRACE_SECONDS)
    assert gate.seconds_left() == pytest.approx(0.1)


def test_moments_that_nobody_used_in_time_are_gone(watch: Watch) -> None:
    gate = gate_of(watch, limit=10)
    reserve(gate, 0.0, 0.1, 5.0)
    watch.seconds += 0.1 + 1 / MARGIN / 10 + 0.01
    assert gate.in_hand == 3
    assert gate.seconds_left() > 4
    assert gate.in_hand == 1


def test_no_more_is_reserved_than_who_waits_needs_and_soon_can_use(watch: Watch) -> None:
    gate = gate_of(watch, limit=100)
    assert gate.lacks(0) == 0
    assert gate.lacks(3) == 3
    assert gate.lacks(1000) == pytest.approx(100 * AHEAD_SECONDS, abs=1)
    reserve(gate, AHEAD_SECONDS * 2)
    assert gate.lacks(1000) == 0


def test_when_a_destination_is_shut_moments_before_its_end_are_void(watch: Watch) -> None:
    gate = gate_of(watch, limit=10)
    reserve(gate, 0.1, 0.2)
    gate.known(Flow(shut_until=NOW + timedelta(seconds=30)))
    assert gate.in_hand == 0
    assert gate.shut_seconds == pytest.approx(30)
    assert gate.seconds_left() == inf


def test_a_limit_of_this_process_alone_asks_nobody(watch: Watch) -> None:
    gate = gate_of(watch, limit=10, own=True)
    passed = 0
    for _ in range(200):
        if gate.seconds_left() == 0:
            gate.pass_one()
            passed += 1
        watch.seconds += 0.01
    assert 17 <= passed <= 20
    assert gate.lacks(5) == 0


@pytest.mark.parametrize("own", [True, False])
def test_whoever_was_let_in_and_is_late_has_the_first_moment(watch: Watch, *, own: bool) -> None:
    gate = gate_of(watch, limit=10, own=own)
    if not own:
        reserve(gate, 0.0, 0.1)
    gate.late += 1
    assert gate.seconds_left(late=True) == 0
    assert gate.seconds_left() > 0.05


def test_those_put_off_at_a_processs_own_gate_come_one_after_the_other(watch: Watch) -> None:
    gate = gate_of(watch, limit=0.5, own=True)
    places = [gate.place() for _ in range(3)]
    assert all(later - earlier >= 2 for earlier, later in pairwise(places))


def test_where_moments_are_far_apart_each_lasts_until_the_next(watch: Watch) -> None:
    gate = gate_of(watch, limit=1 / MARGIN / 4)
    reserve(gate, 0.0)
    watch.seconds += 3.9
    assert gate.seconds_left() == 0
    watch.seconds += 0.2
    assert gate.seconds_left() == inf


@pytest.mark.parametrize(("own", "least"), [(False, 3.0), (True, 4 * MARGIN)])
def test_whoever_follows_somebody_who_was_late_keeps_their_distance(watch: Watch, *, own: bool, least: float) -> None:
    gate = gate_of(watch, limit=1 / MARGIN / 4, own=own)
    reserve(gate, 0.0, 4.0)
    watch.seconds += 3.5
    assert gate.seconds_left() == 0
    gate.pass_one()
    assert gate.seconds_left() == pytest.approx(least)


def test_whoever_was_let_in_may_take_longer_where_few_are(watch: Watch) -> None:
    for apart, late in ((0.01, GRACE_SECONDS), (4.0, 1.0), (60.0, 50.0)):
        gate = gate_of(watch, limit=1 / MARGIN / apart)
        gate.reserved([NOW + timedelta(seconds=watch.seconds - 1000)])
        assert gate.pass_one() == pytest.approx(watch.seconds + late)


def test_whoever_comes_knows_how_long_they_would_wait_though_nobody_else_does(watch: Watch) -> None:
    gate = gate_of(watch, limit=0.1)
    gate.known(Flow(free_at=NOW + timedelta(seconds=40)))
    assert gate.seconds_for(0) == pytest.approx(40)
    reserve(gate, 5.0)
    assert gate.seconds_for(0) == pytest.approx(5)
    assert gate.seconds_for(1) == pytest.approx(40)
    assert gate.seconds_for(2) == pytest.approx(50, abs=1)
