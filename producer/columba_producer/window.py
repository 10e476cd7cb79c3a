"""The window before an event goes out: what replaces it there, and who may stop it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from columba_shared.errors import InvalidEvent
from columba_shared.event import MAX_KEY_LENGTH, MAX_NAME_LENGTH, Auto

from columba_producer.request import EventRequest

LONGEST_WAIT: Final = timedelta(days=36_600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a request says of its window, checked."""

    key: str | None
    max_wait_seconds: float | None
    auto: Auto | None


def checked_window(request: EventRequest, now: datetime, due: datetime | None) -> Window:
    """Return the window; raises InvalidEvent naming the argument."""
    for field in ("hold", "four_eyes"):
        if not isinstance(getattr(request, field), bool):
            raise InvalidEvent(field, "must be True or False")
    for field in ("auto", "four_eyes"):
        if getattr(request, field) and not request.hold:
            raise InvalidEvent(field, "goes with hold: it is about an event that is held")
    if request.auto is not None and due is None:
        raise InvalidEvent("auto", "goes with defer_for or at: it happens when the event is due")
    if request.by is not None:
        check_label("by", request.by)
    key = None if request.key is None else checked_key(request.key)
    return Window(
        key=key,
        max_wait_seconds=_max_wait(request, now, due),
        auto=_auto(request.auto),
    )


def checked_key(given: object) -> str:
    """Return the key; raises InvalidEvent."""
    if not isinstance(given, str) or not 0 < len(given) <= MAX_KEY_LENGTH:
        raise InvalidEvent("key", f"must be a string of 1 to {MAX_KEY_LENGTH} characters")
    if not given.isprintable():
        raise InvalidEvent("key", f"must be visible characters: {given!a:.60}")
    if given.endswith(" "):  # to some databases it is the same without it
        raise InvalidEvent("key", f"must not end with a space: {given!a:.60}")
    return given


def check_label(field: str, given: object) -> None:
    """Raise InvalidEvent unless this is a short text of visible characters."""
    if not isinstance(given, str) or not 0 < len(given) <= MAX_NAME_LENGTH or not given.isprintable():
        raise InvalidEvent(field, f"must be a string of 1 to {MAX_NAME_LENGTH} visible characters")


def _max_wait(request: EventRequest, now: datetime, due: datetime | None) -> float | None:
    given = request.max_wait
    if given is None:
        return None
    if request.key is None:
        raise InvalidEvent("max_wait", "goes with key: only what is published again can be put off")
    if not isinstance(given, timedelta):
        raise InvalidEvent("max_wait", f"must be a timedelta, not {type(given).__name__}")
    if not timedelta(0) < given <= LONGEST_WAIT:
        raise InvalidEvent("max_wait", f"must be longer than 0 and at most {LONGEST_WAIT.days:,} days")
    if due is not None and given < due - now:
        raise InvalidEvent("max_wait", "must not be shorter than the event is put off anyway, by defer_for or at")
    return given.total_seconds()


def _auto(given: object) -> Auto | None:
    if given is None:
        return None
    try:
        return Auto(str(given))
    except ValueError as error:
        raise InvalidEvent("auto", f"{given!r:.60} is neither approve nor cancel") from error
