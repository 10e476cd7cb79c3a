"""Digests: what an event says of the one message that is to tell it together with others."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated, Final

from msgspec import Meta, Struct

MOST_EVENTS: Final = 1_000
"""However many a digest is to tell: what it tells is in the memory of whoever renders it."""
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of all its events together, for the same reason; one that would take it beyond that opens the next."""
LONGEST_WINDOW: Final = timedelta(days=366)

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME_PATTERN: Final = rf"^(({'|'.join(WEEKDAYS)}) )?([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)"
_DAYS_TO_LOOK_AT: Final = 9


class DigestTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a digest is due that an event opens: after a window, or at a time of the day, or once it has so many.

    ``at`` is such as ``08:00`` or ``mon 08:00``, where the recipient lives.
    """

    window_seconds: Annotated[float, Meta(gt=0, le=LONGEST_WINDOW.total_seconds())] | None = None
    at: Annotated[str, Meta(pattern=TIME_PATTERN)] | None = None
    most: Annotated[int, Meta(ge=1, le=MOST_EVENTS)] = MOST_EVENTS

    @property
    def is_whole(self) -> bool:
        """Whether it says when: by exactly one of the two."""
        return (self.window_seconds is None) != (self.at is None)

    def ends(self, begin: datetime, zone: tzinfo) -> datetime:
        """Return when a digest is due that is opened at that moment, for somebody in that zone."""
        if self.at is None:
            return begin + timedelta(seconds=self.window_seconds or 0.0)
        return _next(self.at, begin, zone)


def _next(words: str, after: datetime, zone: tzinfo) -> datetime:
    """Return the next moment at which clocks there show this time, later than ``after``.

    A time that the clocks skip is the one as much later as they skip; of one that they show twice the first is meant.
    """
    weekday, _, clock = words.rpartition(" ")
    at, today = time.fromisoformat(clock), after.astimezone(zone).date()
    days = (today + timedelta(days=number) for number in range(_DAYS_TO_LOOK_AT))
    moments = (
        datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
        for day in days
        if not weekday or WEEKDAYS[day.weekday()] == weekday
    )
    return next(moment for moment in moments if moment > after)
