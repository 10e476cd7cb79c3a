"""Rates are written as people say them, and whatever else is refused with an example."""

import re
from datetime import date

import pytest
from columba_shared.settings import parsers


@pytest.mark.parametrize(
    ("text", "a_second"),
    [
        ("100/s", 100),
        ("100", 100),
        ("3000/m", 50),
        ("7200 / h", 2),
        ("86400/d", 1),
        ("1/d", 1 / 86_400),
        ("0.5/s", 0.5),
    ],
)
def test_a_rate_is_so_many_in_a_span(text: str, a_second: float) -> None:
    assert parsers.rate(text) == a_second


@pytest.mark.parametrize("text", ["", "0", "0/s", "-1/s", "fast", "10/w", "1e9/s", "1000000/s", "10/s/s", "0.5/d"])
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape("100/s")):
        parsers.rate(text)


def test_each_destination_has_a_rate_of_its_own() -> None:
    assert parsers.rates("Example.com=10/s, *=6000/m") == {"example.com": 10.0, "*": 100.0}
    assert parsers.rates("") == {}


@pytest.mark.parametrize("text", ["example.com", "=10/s", "a.org=1/s,a.org=2/s", "a.org=fast"])
def test_what_names_no_destination_with_its_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as"):
        parsers.rates(text)


def test_a_warm_up_is_a_day_and_what_may_be_sent_on_it() -> None:
    assert parsers.warm_up("2026-11-21=86400/d") == (date(2026, 11, 21), 1.0)


@pytest.mark.parametrize("text", ["2026-11-21", "200/d", "tomorrow=200/d", "2026-11-21=many"])
def test_what_is_no_warm_up_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as"):
        parsers.warm_up(text)
