"""What a template hands to a filter, read as a date, a time, a moment or a number."""

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final

from jinja2 import Undefined

_MOST_DIGITS: Final = 400


def as_day(value: object) -> date | None:
    """Return a date that is no moment; None: it is none."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def as_clock(value: object) -> time | None:
    """Return a time of the day that is no moment; None: it is none."""
    if isinstance(value, str):
        try:
            return time.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, time) else None


def as_moment(value: object) -> datetime:
    """Return a moment; raises ValueError."""
    _must_be_there(value)
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value!r:.60} is no date or time, such as 2026-11-21T14:05:00+01:00") from None


def as_number(value: object) -> Decimal:
    """Return a number; raises ValueError for what is none, or is longer than any amount of anything."""
    _must_be_there(value)
    if isinstance(value, (int, float, Decimal, str)) and not isinstance(value, bool):
        try:
            number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        except InvalidOperation:
            number = Decimal("nan")
        if number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS:
            return number
    raise ValueError(f"{value!r:.60} is no number, such as 12.50")


def _must_be_there(value: object) -> None:
    """Let what is missing say so itself."""
    if isinstance(value, Undefined):
        str(value)
