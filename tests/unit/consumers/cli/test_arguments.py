"""What people may write for durations, moments and ids."""

from datetime import UTC, datetime, timedelta

import click
import pytest
from columba_consumers.cli.arguments import duration, id_prefix, kinds, moment, past


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("1h30m", timedelta(minutes=90)),
        ("0.5s", timedelta(milliseconds=500)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_numbers_with_units(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "10", "m", "10 m", "-5m", "5x", "1h 30m", "999999999999999w", "1e3s", "٣d"])
def test_what_is_no_duration_is_answered_with_one(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write 90s, 10m, 2h, 3d or 1h30m"):
        duration(text)


def test_a_moment_keeps_its_zone() -> None:
    assert moment("2026-11-21T10:00:00+01:00") == datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_a_moment_without_a_zone_is_refused_with_the_fix() -> None:
    with pytest.raises(click.BadParameter, match="write 2026-11-21T10:00Z for UTC"):
        moment("2026-11-21T10:00")


@pytest.mark.parametrize("read", [moment, past])
def test_what_is_no_time_is_refused_with_an_example(read: object) -> None:
    assert callable(read)
    with pytest.raises(click.BadParameter, match="2026-11-21T10:00:00"):
        read("yesterday")


def test_looking_back_takes_a_duration() -> None:
    before = datetime.now(UTC)
    assert abs(before - timedelta(hours=2) - past("2h")) < timedelta(seconds=5)


def test_looking_back_to_a_day_means_its_beginning_in_utc() -> None:
    assert past("2026-11-21") == datetime(2026, 11, 21, tzinfo=UTC)


def test_an_id_may_have_dashes_or_not_and_be_cut() -> None:
    assert id_prefix("01A1FC2E-af8d") == id_prefix("01a1fc2eaf8d") == "01a1fc2eaf8d"


@pytest.mark.parametrize("text", ["", "01a", "xyz1", "0" * 33])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="4 or more"):
        id_prefix(text)


@pytest.mark.parametrize("text", ["a", "invoice.ready", "invoice.*", "a.b-c_2.*"])
def test_kinds_are_one_or_all_below_one(text: str) -> None:
    assert kinds(text) == text


@pytest.mark.parametrize("text", ["", "*", ".*", "*.a", "a*", "a.*.b", "A", "a b", "a.", "a\n", "a\n.*"])
def test_what_no_kind_can_be_is_refused_and_not_found_nowhere(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"write one such as invoice\.ready, or invoice\.\* for all below it"):
        kinds(text)
