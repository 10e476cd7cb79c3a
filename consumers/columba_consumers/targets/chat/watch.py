"""What a service was asked and answered while Apprise, which tells only yes or no, delivered to it.

Its services ask by ``requests.post`` and the like, each in a session of its own, which nobody else can get hold of. So
the adapter by which requests sends has a lid: it watches threads that ask for it, and lets all others pass.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, Final

_SUCCESS: Final = range(200, 300)
_watched = threading.local()


class TooLateError(Exception):
    """The delivery is over for whoever waited for it: nothing more may be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one HTTP request: a response, or an error instead."""

    place: str
    """The URL without its query: to compare, and not to tell, for it may hold secrets."""
    response: Any = None
    """As requests returned it."""
    error: Exception | None = None

    @property
    def is_success(self) -> bool:
        """Whether the request was taken."""
        return self.error is None and self.response.status_code in _SUCCESS

    @property
    def text(self) -> str:
        """What the response says; requests has read it by the time that Apprise is done."""
        try:
            return str(self.response.text)
        except Exception:  # noqa: BLE001 - one that was never read and is closed: there are only words to be lost
            return ""


@dataclass(slots=True)
class Watch:
    """Sees what one delivery asks, in one thread."""

    answers: list[Answer] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """What Apprise warned of."""
    pieces: list[bool] = field(default_factory=list)
    """Of each part of the message whether Apprise says that it was taken."""
    _has_asked: bool = False
    _over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def end(self) -> bool:
        """Let nothing more be asked; say whether anything was."""
        with self._lock:
            self._over = True
            return self._has_asked

    def ask(self, url: str, send: Callable[[], Any], *, whole: bool) -> Any:  # noqa: ANN401 - requests' response
        """Let a request go out, and note what came of it, its answer read if ``whole``; raises TooLateError."""
        with self._lock:
            if self._over:
                raise TooLateError
            self._has_asked = True
        place = url.partition("?")[0]
        try:
            response = send()
        except Exception as error:
            self.answers.append(Answer(place=place, error=error))
            raise
        try:
            _ = response.content if whole else None
        except Exception as error:  # of a success nobody knows what it meant to say; another status has decided
            taken = response.status_code in _SUCCESS
            self.answers.append(Answer(place=place, response=response, error=error if taken else None))
            raise
        self.answers.append(Answer(place=place, response=response))
        return response


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Watch what this thread asks, and keep what Apprise says of it out of everybody's logs."""
    _watched.watch = watch
    try:
        yield
    finally:
        _watched.watch = None


def put_on_lid(adapter: Any, logger: logging.Logger) -> None:  # noqa: ANN401 - a class of requests, loaded late
    """Watch what passes requests' adapter and Apprise's logger; done once in a process."""
    if getattr(adapter.send, "is_lid", False):
        return
    send = adapter.send

    def watched_send(self: Any, request: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as requests has it
        go = partial(send, self, request, *args, **options)
        watch: Watch | None = getattr(_watched, "watch", None)
        return go() if watch is None else watch.ask(str(request.url), go, whole=not options.get("stream"))

    watched_send.is_lid = True  # type: ignore[attr-defined] # a mark on a function
    adapter.send = watched_send
    logger.addFilter(_heard)


def noting(send: Callable[..., Any]) -> Callable[..., Any]:
    """Return how a service sends one part of a message, with a note of what came of it."""

    @wraps(send)
    def noted(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as Apprise has it
        taken = send(*args, **named)
        watch: Watch | None = getattr(_watched, "watch", None)
        if watch is not None:
            watch.pieces.append(bool(taken))
        return taken

    return noted


def _heard(record: logging.LogRecord) -> bool:
    """Note a warning of a watched thread, and say that it goes no further."""
    watch: Watch | None = getattr(_watched, "watch", None)
    if watch is None:
        return True
    if record.levelno >= logging.WARNING:
        watch.words.append(record.getMessage())
    return False
