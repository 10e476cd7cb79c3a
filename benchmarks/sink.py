"""The sink: an SMTP server in a process of its own that takes every mail at once, and notes when and for whom."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

import uvloop

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """The sink as the bench sees it."""

    port: int
    pid: int
    _line: Connection
    _count: Any

    @property
    def count(self) -> int:
        """How many mails have been taken since the last `take`; costs the sink nothing."""
        return int(self._count.value)

    def take(self) -> list[Arrival]:
        """Return what has arrived, and forget it."""
        self._line.send("take")
        return [Arrival(*each) for each in self._line.recv()]


@contextmanager
def running_sink() -> Iterator[Sink]:
    """Run a sink on a free port of the loopback address; it ends with the block, or when this process dies."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    count = context.Value("q", 0, lock=False)
    process = context.Process(target=_serve, args=(theirs, count), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Sink(port=ours.recv(), pid=process.pid or 0, _line=ours, _count=count)
    finally:
        ours.close()
        process.join()


class _Conversation(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, arrivals: list[Arrival], count: Any) -> None:  # noqa: ANN401 - a shared number has no public type
        self._arrivals = arrivals
        self._count = count
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
        self._arrivals.append(Arrival(self._address, time.monotonic(), end))
        self._count.value += 1
        self._buffer = self._buffer[end + len(_END) :]
        self._in_mail = False
        return b"250 2.0.0 Ok: queued as %d\r\n" % self._count.value

    def _said(self, end: int) -> bytes:
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._address = line[line.index(b"<") + 1 : line.index(b">")].decode()
        self._in_mail = verb == b"DATA"
        return _ANSWERS.get(verb, b"502 5.5.2 What?\r\n")


def _serve(line: Connection, count: Any) -> None:  # noqa: ANN401 - as above
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_closed(line, count))


async def _serve_until_closed(line: Connection, count: Any) -> None:  # noqa: ANN401 - as above
    loop = asyncio.get_running_loop()
    arrivals: list[Arrival] = []
    server = await loop.create_server(lambda: _Conversation(arrivals, count), "127.0.0.1", 0, backlog=1000)
    line.send(server.sockets[0].getsockname()[1])
    # A thread waits for the questions: the loop would make the line one that refuses long answers.
    with suppress(EOFError):
        while await asyncio.to_thread(line.recv):
            taken, arrivals[:] = [tuple(each) for each in arrivals], []
            count.value = 0
            await asyncio.to_thread(line.send, taken)
    server.close()
