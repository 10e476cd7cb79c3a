"""When it is quiet where somebody lives, and until when."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from columba_consumers.delivery.quiet import QuietHours

NIGHT = QuietHours(begin=time(22), end=time(7), zone=ZoneInfo("Europe/Vienna"))
EARLY = QuietHours(begin=time(22), end=time(2, 30))
LATE = QuietHours(begin=time(2, 30), end=time(4))
NOON = QuietHours(begin=time(12), end=time(13, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-01-10T20:59:59+00:00", None),
        ("2026-01-10T21:00:00+00:00", "2026-01-11T06:00:00+00:00"),
        ("2026-01-11T05:59:59+00:00", "2026-01-11T06:00:00+00:00"),
        ("2026-01-11T06:00:00+00:00", None),
        ("2026-07-10T20:00:00+00:00", "2026-07-11T05:00:00+00:00"),
    ],
)
def test_a_night_lasts_from_the_evening_to_the_morning(now: str, end: str | None) -> None:
    assert NIGHT.end_for(None, at(now)) == (end and at(end))


@pytest.mark.parametrize(("now", "quiet"), [("11:59", False), ("12:00", True), ("13:29", True), ("13:30", False)])
def test_a_part_of_a_day_ends_on_that_day(now: str, *, quiet: bool) -> None:
    end = NOON.end_for(None, at(f"2026-01-10T{now}:00+00:00"))
    assert end == (at("2026-01-10T13:30:00+00:00") if quiet else None)


def test_it_is_the_recipients_night_that_counts() -> None:
    now = at("2026-01-10T22:00:00+00:00")
    assert NIGHT.end_for("America/New_York", now) is None
    assert NIGHT.end_for("Asia/Tokyo", now) is None
    assert NIGHT.end_for("Asia/Kolkata", now) == at("2026-01-11T01:30:00+00:00")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "Europe", "../etc/passwd", "nul\0", "tzdata.zi"])
def test_a_zone_that_is_none_counts_as_none(zone: str) -> None:
    now = at("2026-01-10T22:00:00+00:00")
    assert NIGHT.end_for(zone, now) == NIGHT.end_for(None, now)


@pytest.mark.parametrize("hours", [NIGHT, NOON, EARLY, LATE])
@pytest.mark.parametrize("begin", ["2026-03-28T12:00:00+00:00", "2026-10-24T12:00:00+00:00"])
def test_it_always_ends_later_than_now_and_is_over_then(hours: QuietHours, begin: str) -> None:
    """Also in the nights in which the clocks are changed."""
    for minutes in range(0, 36 * 60, 7):
        now = at(begin) + timedelta(minutes=minutes)
        end = hours.end_for("Europe/Vienna", now)
        assert end is None or (end > now and hours.end_for("Europe/Vienna", end) is None)


def test_where_the_clocks_skip_the_end_it_is_over_an_hour_later() -> None:
    end = EARLY.end_for("Europe/Vienna", at("2026-03-29T00:00:00+00:00"))
    assert end == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_the_reason_tells_the_recipients_time() -> None:
    until = at("2026-01-11T01:30:00+00:00")
    assert NIGHT.told(until, "Asia/Kolkata") == "quiet hours until 07:00 in Asia/Kolkata"
