"""Filters that spell dates, times and numbers as people in the speaker's language and zone do."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, tzinfo
from typing import Final

from babel import dates, numbers

from columba_consumers.rendering.languages.readings import as_clock, as_day, as_moment, as_number
from columba_consumers.rendering.languages.speaker import Speaker

FORMATS: Final = frozenset(("date", "time", "datetime", "number", "currency", "percent"))
"""The filters' names."""

_MOST_DECIMALS: Final = 20
_LONGEST_STYLE: Final = 100
_NAMES_A_ZONE: Final = re.compile(r"^(long|full)$|[zZOvVXx]")
_DIGITS: Final = re.compile(r"(?P<whole>[#,0]*0)(\.[#0]+)?")


def formats(speaker: Speaker) -> dict[str, Callable[..., str]]:
    """Return the filters by their names; what they cannot read, or is missing, they raise.

    A moment with a zone is shown as the recipient's clock has it, one without as it stands. Texts are read as ISO 8601
    has dates and times, and as JSON has numbers.
    """

    def on_their_clock(value: object) -> datetime:
        moment = as_moment(value)
        return moment if moment.tzinfo is None else moment.astimezone(speaker.language.zone)

    def spell_date(value: object, style: str = "medium") -> str:
        day = as_day(value)
        return dates.format_date(
            on_their_clock(value) if day is None else day, _style(style), locale=speaker.language.locale
        )

    def spell_time(value: object, style: str = "short") -> str:
        clock = as_clock(value)
        shown = on_their_clock(value) if clock is None else clock
        return dates.format_time(shown, _style(style), _zone(shown, style), locale=speaker.language.locale)

    def spell_datetime(value: object, style: str = "medium") -> str:
        shown = on_their_clock(value)
        return dates.format_datetime(shown, _style(style), _zone(shown, style), locale=speaker.language.locale)

    def spell_number(value: object, decimals: int | None = None) -> str:
        locale = speaker.language.locale
        pattern = _with(decimals, locale.decimal_formats[None].pattern)
        return numbers.format_decimal(as_number(value), pattern, locale=locale)

    def spell_currency(value: object, code: str) -> str:
        if not numbers.is_currency(str(code)):
            raise ValueError(f"{code!r:.20} is no currency, such as EUR")
        return numbers.format_currency(as_number(value), str(code), locale=speaker.language.locale)

    def spell_percent(value: object, decimals: int = 0) -> str:
        locale = speaker.language.locale
        pattern = _with(decimals, locale.percent_formats[None].pattern)
        return numbers.format_percent(as_number(value), pattern, locale=locale)

    return {
        "date": spell_date,
        "time": spell_time,
        "datetime": spell_datetime,
        "number": spell_number,
        "currency": spell_currency,
        "percent": spell_percent,
    }


def _style(style: str) -> str:
    if len(style) > _LONGEST_STYLE:
        raise ValueError(f"a pattern has at most {_LONGEST_STYLE} characters")
    return style


def _zone(shown: datetime | time, style: str) -> tzinfo:
    """Return the zone of what is shown; raises ValueError where one would have to be named and none is known."""
    zone = shown.tzinfo
    if zone is None and _NAMES_A_ZONE.search(style):
        raise ValueError(f"{shown} has no zone, which {style!r} would name: give one, such as {shown}+00:00")
    return zone or UTC


def _with(decimals: int | None, pattern: str) -> str:
    """Return a locale's pattern with so many decimals; None leaves it as it is."""
    if decimals is None:
        return pattern
    if not 0 <= decimals <= _MOST_DECIMALS:
        raise ValueError(f"decimals: at most {_MOST_DECIMALS}")
    end = "." + "0" * decimals if decimals else ""
    return _DIGITS.sub(lambda found: found["whole"] + end, pattern, count=1)
