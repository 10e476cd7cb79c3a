"""The sink: an SMTP server that takes every mail at once, and notes when and for whom."""

import asyncio
import time
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple, TypeAlias

from benchmarks.aside import Arrivals, Aside, running

_ANSWERS: Final = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10485760\r\n",
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}
_END: Final = b"\r\n.\r\n"


class Arrival(NamedTuple):
    """One mail that was taken: for whom, when (monotonic seconds, the same clock in every process), how long."""

    address: str
    at: float
    octets: int


Sink: TypeAlias = Aside[Arrival]


def running_sink() -> AbstractContextManager[Sink]:
    """Run one; see `running`."""
    return running(_Conversation)


class _Conversation(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, arrivals: Arrivals[Arrival]) -> None:
        self._arrivals = arrivals
        self._buffer = b""
        self._address = ""
        self._in_mail = False
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = transport
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer all that is complete."""
        self._buffer += data
        answers: list[bytes] = []
        while True:
            end = self._buffer.find(_END if self._in_mail else b"\r\n")
            if end < 0:
                break
            answers.append(self._taken(end) if self._in_mail else self._said(end))
        if answers:
            self._transport.write(b"".join(answers))

    def _taken(self, end: int) -> bytes:
        count = self._arrivals.add(Arrival(self._address, time.monotonic(), end))
        self._buffer = self._buffer[end + len(_END) :]
        self._in_mail = False
        return b"250 2.0.0 Ok: queued as %d\r\n" % count

    def _said(self, end: int) -> bytes:
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._address = line[line.index(b"<") + 1 : line.index(b">")].decode()
        self._in_mail = verb == b"DATA"
        return _ANSWERS.get(verb, b"502 5.5.2 What?\r\n")
