"""How values read to a person."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from columba_consumers.cli.words import counted, deliveries, duration, moment, plain, relative

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(seconds=90), "1 min 30 s"),
        (timedelta(minutes=11, seconds=59), "11 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=400), "400 d"),
    ],
)
def test_a_duration_has_one_or_two_units(length: timedelta, words: str) -> None:
    assert duration(length) == words


def test_a_moment_is_told_in_utc_to_the_second() -> None:
    assert (
        moment(datetime(2026, 11, 21, 10, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))) == "2026-11-21 09:00:00"
    )


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (NOW + timedelta(minutes=4), "in 4 min"),
        (NOW - timedelta(minutes=4), "4 min ago"),
        (NOW + timedelta(milliseconds=300), "now"),
    ],
)
def test_a_moment_is_told_by_its_distance(when: datetime, words: str) -> None:
    assert relative(when, NOW) == words


def test_what_would_move_a_cursor_is_escaped() -> None:
    assert plain("a\x1b[2Jb\u202ec") == "a\\x1b[2Jb\\u202ec"


def test_line_breaks_become_blanks() -> None:
    assert plain("one\r\n  two") == "one two"


def test_numbers_agree_with_their_nouns() -> None:
    assert (counted(1, "event"), counted(1_204, "event"), deliveries(1), deliveries(0)) == (
        "1 event",
        "1,204 events",
        "1 delivery",
        "0 deliveries",
    )
