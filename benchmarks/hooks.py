"""A receiver of webhooks in a process of its own that takes every post at once, and notes when and which."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

import uvloop

_HEAD: Final = b"\r\n\r\n"
_ID: Final = b"webhook-id: "
_LENGTH: Final = b"content-length: "
_OK: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Arrival(NamedTuple):
    """One post that was taken: which, and when (monotonic seconds, the same clock in every process)."""

    webhook_id: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The receiver as the bench sees it."""

    port: int
    _line: Connection
    _count: Any

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def count(self) -> int:
        """How many posts have been taken since the last `take`."""
        return int(self._count.value)

    def take(self) -> list[Arrival]:
        """Return what has arrived, and forget it."""
        self._line.send("take")
        return [Arrival(*each) for each in self._line.recv()]


@contextmanager
def running_hooks() -> Iterator[Hooks]:
    """Run one on a free port of the loopback address; it ends with the block, or when this process dies."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    count = context.Value("q", 0, lock=False)
    process = context.Process(target=_serve, args=(theirs, count), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Hooks(port=ours.recv(), _line=ours, _count=count)
    finally:
        ours.close()
        process.join()


class _Conversation(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, arrivals: list[Arrival], count: Any) -> None:  # noqa: ANN401 - a shared number has no public type
        self._arrivals = arrivals
        self._count = count
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a post."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each post that is complete."""
        self._buffer += data
        while (end := self._buffer.find(_HEAD)) >= 0:
            head = self._buffer[:end].lower()
            whole = end + len(_HEAD) + int(_value(head, _LENGTH) or 0)
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            self._arrivals.append(Arrival(_value(head, _ID).decode(), time.monotonic()))
            self._count.value += 1
            self._transport.write(_OK)


def _value(head: bytes, name: bytes) -> bytes:
    _, found, rest = head.partition(name)
    return rest.partition(b"\r\n")[0] if found else b""


def _serve(line: Connection, count: Any) -> None:  # noqa: ANN401 - as above
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_closed(line, count))


async def _serve_until_closed(line: Connection, count: Any) -> None:  # noqa: ANN401 - as above
    loop = asyncio.get_running_loop()
    arrivals: list[Arrival] = []
    server = await loop.create_server(lambda: _Conversation(arrivals, count), "127.0.0.1", 0, backlog=1000)
    line.send(server.sockets[0].getsockname()[1])
    with suppress(EOFError):
        while await asyncio.to_thread(line.recv):
            taken, arrivals[:] = [tuple(each) for each in arrivals], []
            count.value = 0
            await asyncio.to_thread(line.send, taken)
    server.close()
