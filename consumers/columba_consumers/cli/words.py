"""How values read to a person: moments, durations, counts; nothing of it can move a terminal's cursor."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from columba_shared.telemetry.lines import printable

if TYPE_CHECKING:
    from uuid import UUID

_STEP: Final = 1024
_EXACT: Final = 10
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def plain(text: object) -> str:
    """Return text on one line, control characters escaped; nothing for None."""
    return "" if text is None else printable(" ".join(str(text).split()))


def because(why: str | None) -> str:
    """Return what follows a statement: a colon and why, or nothing."""
    return f": {plain(why)}" if why else ""


def moment(when: datetime | None) -> str:
    """Return a moment in UTC to the second; nothing for None."""
    return "" if when is None else when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def duration(length: timedelta) -> str:
    """Return a duration with one or two units: `4 min`, `2 h 5 min`, `3 d`."""
    seconds = round(abs(length.total_seconds()))
    for place, (unit, size) in enumerate(_UNITS):
        if seconds >= size:
            first, rest = divmod(seconds, size)
            smaller = _UNITS[place + 1 : place + 2]
            second = rest // smaller[0][1] if smaller and first < 10 else 0  # noqa: PLR2004 - beyond ten of a unit, it alone will do
            return f"{first} {unit}" + (f" {second} {smaller[0][0]}" if second else "")
    return "0 s"


def relative(when: datetime, now: datetime) -> str:
    """Return `in 4 min`, `4 min ago` or `now`."""
    if abs(when - now) < timedelta(seconds=1):
        return "now"
    return f"in {duration(when - now)}" if when > now else f"{duration(now - when)} ago"


def brief(key: "UUID") -> str:
    """Return as much of the id of a selection or a replay as tells it from others made within the same minute.

    Such ids begin with their moment: twelve digits are a millisecond.
    """
    return key.hex[:12]


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return `1 delivery`, `1,204 deliveries`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def octets(number: int) -> str:
    """Return a size: `812 B`, `1.4 KiB`, `18 MiB`."""
    if number < _STEP:
        return f"{number} B"
    size, unit = (number / _STEP, "KiB") if number < _STEP**2 else (number / _STEP**2, "MiB")
    return f"{size:.1f} {unit}" if size < _EXACT else f"{size:,.0f} {unit}"


def deliveries(number: int) -> str:
    """Return how many deliveries."""
    return counted(number, "delivery", "deliveries")
