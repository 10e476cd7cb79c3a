"""Pickled mails of a Django project, read in a process of its own, which has Django, and which they may end."""

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

from columba_shared.errors import ColumbaError
from columba_shared.raw_email import RawEmail

_MODULE: Final = "columba_producer.django.pickled"
_BEGUN: Final = "ready"


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


class Pickles:
    """Whatever a pickle does to its reader, the next one gets a new reader."""

    def __init__(self) -> None:
        """Prepare; nothing is started yet."""
        self._reader: subprocess.Popen[bytes] | None = None

    def read(self, data: str, *, date: datetime | None = None) -> PickledMail:
        """Return the mail, dated so unless it is dated; raises UnreadablePickle, and NoReader."""
        reader = self._reader or self._started()
        asked = {"data": data, "date": None if date is None else date.timestamp()}
        try:
            _stream(reader.stdin).write(json.dumps(asked).encode() + b"\n")
            _stream(reader.stdin).flush()
            answer = _stream(reader.stdout).readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            self.close()
            raise UnreadablePickle("it ended the process that was reading it")
        return _mail(json.loads(answer))

    def close(self) -> None:
        """End the reader."""
        if self._reader is None:
            return
        reader, self._reader = self._reader, None
        for stream in (reader.stdin, reader.stdout):
            _stream(stream).close()
        reader.wait()

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", _MODULE]
        self._reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
        if _stream(self._reader.stdout).readline().strip() != _BEGUN.encode():
            self.close()
            raise NoReader(
                "--trust-pickles reads them with Django and the project's own code, and that does not start here: "
                "install columba-producer[django], set DJANGO_SETTINGS_MODULE and run it from the project's folder, "
                "or run `manage.py columba import …`; its own words are above"
            )
        return self._reader


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
    )
