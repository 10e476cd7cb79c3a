"""Settings that spare people: when nobody is told anything, and how much of what."""

from datetime import time, timedelta

import pytest
from columba_shared.settings import parsers


@pytest.mark.parametrize(
    ("text", "hours"), [("22:00-07:00", (time(22), time(7))), ("12:30 - 13:00", (time(12, 30), time(13)))]
)
def test_a_part_of_the_day_is_two_times(text: str, hours: tuple[time, time]) -> None:
    assert parsers.hours(text) == hours


@pytest.mark.parametrize(
    "text", ["22-7", "24:00-07:00", "7:00-8:00", "07:00-07:00", "22:00-07:60", "22:00", "22:00-07:00\n"]
)
def test_what_is_no_part_of_the_day_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 22:00-07:00"):
        parsers.hours(text)


def test_caps_are_kinds_with_numbers_and_times() -> None:
    assert parsers.caps("news.*=2/d, *=20 / w,order.sent=1/h") == (
        ("news.*", 2, timedelta(days=1)),
        ("*", 20, timedelta(weeks=1)),
        ("order.sent", 1, timedelta(hours=1)),
    )
    assert parsers.caps("") == ()


def test_an_amount_is_so_many_in_a_span_of_time() -> None:
    found = parsers.amount("200 / h")
    assert (found, str(found)) == ((200, timedelta(hours=1)), "200/h")
    for text in ("200", "0/h", "/h", "200/s", "1e3/h", "200/h, 3/d"):
        with pytest.raises(ValueError, match="must be so many a minute"):
            parsers.amount(text)


@pytest.mark.parametrize(
    "text", ["news", "news=2", "news=0/d", "news=2/y", "News=2/d", "ne*=2/d", "a=1/d, a=2/d", "a=-1/d"]
)
def test_what_is_no_cap_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as news"):
        parsers.caps(text)
