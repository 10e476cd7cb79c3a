"""Dates, times and numbers as the recipient spells them."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from columba_consumers.rendering.errors import TemplateFailed, VariableMissing

from tests.unit.consumers.rendering.languages.conftest import Said, catalogue, in_locale

CONTEXT = {"due": "2026-11-21T23:30:00+00:00", "day": "2026-11-21", "clock": "14:05", "wall": "2026-11-21T14:05"}


@pytest.mark.parametrize(
    ("template", "locale", "zone", "expected"),
    [
        ("{{ due|date }}", "de_AT", "UTC", "21.11.2026"),
        ("{{ due|date }}", "de_AT", "Europe/Vienna", "22.11.2026"),
        ("{{ due|date('long') }}", "fr", "America/New_York", "21 novembre 2026"),
        ("{{ due|date('EEEE') }}", "en", "Asia/Tokyo", "Sunday"),
        ("{{ due|time }}", "de", "Europe/Vienna", "00:30"),
        ("{{ due|datetime('short') }}", "en_GB", "Europe/London", "21/11/2026, 23:30"),
        ("{{ due|time('long') }}", "de", "Europe/Vienna", "00:30:00 MEZ"),
        ("{{ event.created_at|datetime('short') }}", "de", "Europe/Vienna", "21.11.26, 01:00"),
        ("{{ day|date('long') }}", "de", "Asia/Tokyo", "21. November 2026"),
        ("{{ clock|time }}", "en", "Asia/Tokyo", "2:05\u202fPM"),
        ("{{ wall|datetime('short') }}", "de", "Asia/Tokyo", "21.11.26, 14:05"),
        ("{{ 1234567.891|number }}", "de_AT", None, "1.234.567,891"),
        ("{{ 1234567.891|number(1) }}", "en", None, "1,234,567.9"),
        ("{{ 1234567|number(2) }}", "hi", None, "12,34,567.00"),
        ("{{ '1234.5'|currency('EUR') }}", "fr", None, "1\u202f234,50\xa0€"),
        ("{{ 1234.5|currency('JPY') }}", "en", None, "¥1,234"),
        ("{{ 0.256|percent }}", "de", None, "26\xa0%"),
        ("{{ 0.256|percent(1) }}", "en", None, "25.6%"),
        ("{{ 0.1|currency('USD') }}", "en_US", None, "$0.10"),
    ],
)
def test_it_is_spelt_as_the_recipient_spells_it(
    said: Said, template: str, locale: str, zone: str | None, expected: str
) -> None:
    assert said(template, CONTEXT, locale=locale, zone=zone) == expected


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Land", "../../etc/passwd", "Europe", "x" * 5000, "a\0b"])
def test_who_has_no_known_zone_gets_the_default(said: Said, zone: str | None) -> None:
    assert said("{{ due|time }}", CONTEXT, locale="de", zone=zone) == "23:30"
    assert said("{{ due|time }}", CONTEXT, locale="de", zone=zone, default_zone=ZoneInfo("Asia/Tokyo")) == "08:30"


def test_dates_are_spelt_in_the_language_that_is_spoken(said: Said) -> None:
    files = in_locale("de", catalogue())
    assert said("{{ day|date('long') }}", CONTEXT, locale="fr", files=files) == "November 21, 2026"
    assert said("{{ day|date('long') }}", CONTEXT, locale="de_AT", files=files) == "21. November 2026"
    assert said("{{ day|date('long') }}", CONTEXT, locale="fr") == "21 novembre 2026"


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ 'soon'|date }}", "'soon' is no date"),
        ("{{ none|date }}", "None is no date"),
        ("{{ wall|datetime('full') }}", "has no zone"),
        ("{{ wall|time('HH:mm z') }}", "has no zone"),
        ("{{ 'much'|number }}", "'much' is no number"),
        ("{{ true|number }}", "True is no number"),
        ("{{ '1e999999999'|number }}", "is no number"),
        ("{{ 'nan'|number }}", "is no number"),
        ("{{ 1|number(21) }}", "at most 20"),
        ("{{ 1|currency('Taler') }}", "'Taler' is no currency"),
        ("{{ day|date('d' * 101) }}", "at most 100 characters"),
    ],
)
def test_what_cannot_be_read_is_told(said: Said, template: str, told: str) -> None:
    with pytest.raises(TemplateFailed, match=rf"invoice\.ready/email\.txt:1: .*{told}"):
        said(template, CONTEXT)


@pytest.mark.parametrize("name", ["date", "time", "datetime", "number", "currency('EUR')", "percent"])
def test_what_is_missing_is_missing(said: Said, name: str) -> None:
    with pytest.raises(VariableMissing, match="nobody"):
        said("{{ nobody|" + name + " }}")


def test_the_default_zone_is_utc(said: Said) -> None:
    assert said("{{ due|time('HH:mm zzzz') }}", CONTEXT, default_zone=UTC) == "23:30 Coordinated Universal Time"
