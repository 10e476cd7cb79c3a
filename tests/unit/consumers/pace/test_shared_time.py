"""The database's time, as well as slow answers let it be known."""

from datetime import UTC, datetime, timedelta

import pytest
from columba_consumers.pace import SharedTime

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Watch:
    """A steady clock that goes when it is told to."""

    seconds = 500.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.seconds


def told(time: SharedTime, watch: Watch, *, after: float, delay: float, ahead: float = 3.0) -> None:
    """Have the database, which is ``ahead``, answer so long after the start; the answer takes ``delay``."""
    watch.seconds = 500.0 + after + delay
    time.told(NOW + timedelta(seconds=after + ahead))


def test_the_quickest_answer_counts_however_slow_the_later_ones_are() -> None:
    watch = Watch()
    time = SharedTime(now=lambda: NOW, monotonic=watch)
    for after, delay in ((1, 0.2), (2, 0.001), (3, 0.3), (4, 0.1)):
        told(time, watch, after=after, delay=delay)
    assert time.until(NOW + timedelta(seconds=10)) == pytest.approx(10 - 3 - 4.1, abs=0.01)


def test_a_clock_that_was_set_is_followed_in_either_direction() -> None:
    watch = Watch()
    time = SharedTime(now=lambda: NOW, monotonic=watch)
    for after, ahead in ((1, 3.0), (2, -60.0), (3, 5.0)):
        told(time, watch, after=after, delay=0.001, ahead=ahead)
        assert (time.now() - NOW).total_seconds() == pytest.approx(after + ahead, abs=0.01)
