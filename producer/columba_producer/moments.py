"""When: from what an app gives to the moments at which an event is due and worthless."""

from datetime import UTC, datetime, timedelta
from typing import Final

from columba_shared.errors import InvalidEvent

from columba_producer.request import EventRequest

LONGEST_PAST: Final = timedelta(days=366)
LONGEST_FUTURE: Final = timedelta(days=36_600)


def due_at(request: EventRequest, now: datetime) -> datetime | None:
    """Return when the event is due, None for at once; raises InvalidEvent."""
    if request.defer_for is not None and request.at is not None:
        raise InvalidEvent("at", "give at or defer_for, not both")
    if request.defer_for is not None:
        delay = _duration("defer_for", request.defer_for)
        return now + delay if delay else None
    return None if request.at is None else _moment("at", request.at, now)


def expires_at(request: EventRequest, now: datetime, due: datetime | None) -> datetime | None:
    """Return when the event is worthless, None for never; raises InvalidEvent.

    A timedelta counts from when the event is due.
    """
    start = due or now
    match request.expires:
        case None:
            return None
        case timedelta() as given:
            moment = start + _duration("expires", given)
        case given:
            moment = _moment("expires", given, now)
    if moment <= start:
        raise InvalidEvent("expires", "must be later than the event is due")
    return moment


def _duration(field: str, given: object) -> timedelta:
    if not isinstance(given, timedelta):
        raise InvalidEvent(field, f"must be a timedelta, not {type(given).__name__}")
    if not timedelta(0) <= given <= LONGEST_FUTURE:
        raise InvalidEvent(field, f"must be from 0 to {LONGEST_FUTURE.days:,} days")
    return given


def _moment(field: str, given: object, now: datetime) -> datetime:
    if not isinstance(given, datetime):
        raise InvalidEvent(field, f"must be a datetime, not {type(given).__name__}")
    if given.utcoffset() is None:
        raise InvalidEvent(field, "is naive: give it a time zone, such as datetime.now(UTC) has")
    if not now - LONGEST_PAST <= given <= now + LONGEST_FUTURE:
        raise InvalidEvent(field, "must not be more than a year ago or a century ahead")
    return given.astimezone(UTC)
