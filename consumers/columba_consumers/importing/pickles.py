"""Pickled mails of a Django project, read in a process of its own, which has Django, and which they may end."""

import base64
import json
import os
import selectors
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

from columba_shared.errors import ColumbaError
from columba_shared.raw_email import RawEmail

_MODULE: Final = "columba_producer.django.pickled"
_BEGUN: Final = b"ready"
PATIENCE_SECONDS: Final = 60.0
"""How long a reader may take to start, and for one pickle."""
_ENDING_SECONDS: Final = 5.0
_PIECE: Final = 64 * 1024


class NoReader(ColumbaError):
    """The process that reads pickles does not start."""


class UnreadablePickle(ValueError):
    """What is pickled is no mail that can go out; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickledMail:
    """A mail that was pickled, finished, and what its importer wants to know of it."""

    mail: RawEmail
    subject: str
    recipients: tuple[str, ...]
    message_id: str
    words: str
    """A digest of what it says, the same before it was sent and afterwards."""


class Pickles:
    """Whatever a pickle does to its reader, the next one gets a new reader."""

    def __init__(self, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Prepare; nothing is started yet."""
        self._reader: subprocess.Popen[bytes] | None = None
        self._patience_seconds = patience_seconds

    def read(self, data: str, *, date: datetime | None = None) -> PickledMail:
        """Return the mail, dated so unless it is dated; raises UnreadablePickle, and NoReader."""
        asked = {"data": data, "date": None if date is None else date.timestamp()}
        line = json.dumps(asked).encode() + b"\n"
        reader = self._reader or self._started()
        if not _given(reader, line):  # it ended after its last answer, of whatever it had loaded until then
            self.close()
            reader = self._started()
            _given(reader, line)
        try:
            answer = self._line(reader)
        except TimeoutError:
            reader.kill()
            self.close()
            raise UnreadablePickle(
                f"it kept the process that was reading it for more than {self._patience_seconds:g} seconds"
            ) from None
        if not answer:
            self.close()
            raise UnreadablePickle("it ended the process that was reading it")
        return _mail(json.loads(answer))

    def close(self) -> None:
        """End the reader; one that does not end by itself is killed."""
        if self._reader is None:
            return
        reader, self._reader = self._reader, None
        for stream in (reader.stdin, reader.stdout):
            with suppress(BrokenPipeError):  # what was not written is written now, to nobody
                _stream(stream).close()
        try:
            reader.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            reader.kill()
            reader.wait()

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", _MODULE]
        self._reader = reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
        try:
            begun = self._line(reader)
        except TimeoutError:
            reader.kill()
            begun = b""
        if begun.strip() != _BEGUN:
            self.close()
            raise NoReader(
                "--trust-pickles reads them with Django and the project's own code, and that does not start here: "
                "install columba-producer[django], set DJANGO_SETTINGS_MODULE and run it from the project's folder, "
                "or run `manage.py columba import …`; its own words are above"
            )
        return reader

    def _line(self, reader: "subprocess.Popen[bytes]") -> bytes:
        """Return the reader's next line, nothing when it has ended; raises TimeoutError for one that keeps silent."""
        deadline, line = time.monotonic() + self._patience_seconds, b""
        source = _stream(reader.stdout).fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                piece = os.read(source, _PIECE)
                if not piece:
                    return b""
                line += piece
        return line


def _given(reader: "subprocess.Popen[bytes]", line: bytes) -> bool:
    """Hand the line to a reader; False when that is there no more."""
    try:
        _stream(reader.stdin).write(line)
        _stream(reader.stdin).flush()
    except BrokenPipeError:
        return False
    return True


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:  # of what was asked for as a pipe none is missing
        raise ValueError("no pipe")
    return stream


def _mail(answer: dict[str, Any]) -> PickledMail:
    if "problem" in answer:
        raise UnreadablePickle(answer["problem"])
    return PickledMail(
        mail=RawEmail(content=base64.b64decode(answer["content"]), sender=answer["sender"]),
        subject=answer["subject"],
        recipients=tuple(answer["recipients"]),
        message_id=answer["message_id"],
        words=answer["words"],
    )
