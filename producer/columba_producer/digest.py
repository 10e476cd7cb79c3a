"""Digests as an app asks for them: many events of a window in one message."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from columba_shared.digest import LONGEST_WINDOW, MOST_EVENTS, TIME_PATTERN, DigestTerms
from columba_shared.errors import InvalidEvent

if TYPE_CHECKING:
    from columba_producer.request import EventRequest

_TIME: Final = re.compile(TIME_PATTERN)
_SAYS_WHEN: Final = ("defer_for", "at", "max_wait", "expires")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """When the one message goes that tells an event together with others of its kind to the same address.

    After a ``window`` that begins with the first of them, or the next time that clocks show ``at`` where the recipient
    lives: "08:00", or "mon 08:00". With ``most`` events it goes at once, and the next event opens another.
    """

    window: timedelta | None = None
    at: str | None = None
    most: int | None = None


def checked_digest(request: "EventRequest") -> DigestTerms | None:
    """Return what the event says of its digest; None: it is told alone. Raises InvalidEvent naming the argument."""
    given = request.digest
    if given is None:
        return None
    if not isinstance(given, Digest):
        raise InvalidEvent("digest", f"must be a Digest, such as Digest(at='08:00'), not {type(given).__name__}")
    for field in _SAYS_WHEN:
        if getattr(request, field) is not None:
            raise InvalidEvent(field, "goes with no digest: the digest says when it is told")
    if request.hold:
        raise InvalidEvent("hold", "goes with no digest: hold the digest itself, by `columba hold`")
    if request.fallback:
        raise InvalidEvent("fallback", "goes with no digest: of its events some may have reached somebody, some not")
    if request.attachments != ():
        raise InvalidEvent("attachments", "go with no digest: link to what it tells")
    if (given.window is None) == (given.at is None):
        raise InvalidEvent("digest", "give it either a window or a time: Digest(window=…) or Digest(at=…)")
    most = MOST_EVENTS if given.most is None else _most(given.most)
    if given.window is not None:
        return DigestTerms(window_seconds=_window(given.window), most=most)
    return DigestTerms(at=_time(given.at), most=most)


def _most(given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= MOST_EVENTS:
        raise InvalidEvent("digest", f"its most must be a whole number from 1 to {MOST_EVENTS:,}, not {given!r:.40}")
    return given


def _window(given: object) -> float:
    if not isinstance(given, timedelta):
        raise InvalidEvent("digest", f"its window must be a timedelta, not {type(given).__name__}")
    if not timedelta(0) < given <= LONGEST_WINDOW:
        raise InvalidEvent("digest", f"its window must be longer than 0 and at most {LONGEST_WINDOW.days} days")
    return given.total_seconds()


def _time(given: object) -> str:
    if not isinstance(given, str) or not _TIME.fullmatch(given):
        raise InvalidEvent("digest", f"its at must be a time such as '08:00' or 'mon 08:00', not {given!r:.40}")
    return given
