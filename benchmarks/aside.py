"""A server of the bench in a process of its own, which takes everything at once and notes what arrives, and when."""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, Generic, TypeVar

import uvloop

_BACKLOG: Final = 1000

Arrival = TypeVar("Arrival")


class Arrivals(Generic[Arrival]):
    """What has arrived since it was last asked for, in the server's process."""

    def __init__(self, count: Any) -> None:  # noqa: ANN401 - a shared number has no public type
        self._some: list[Arrival] = []
        self._count = count

    def add(self, arrival: Arrival) -> int:
        """Note one more; return how many that makes."""
        self._some.append(arrival)
        self._count.value += 1
        return int(self._count.value)

    def take(self) -> list[Arrival]:
        """Return them, and forget them."""
        taken, self._some = self._some, []
        self._count.value = 0
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside(Generic[Arrival]):
    """The server as the bench sees it."""

    port: int
    pid: int
    _line: Connection
    _count: Any

    @property
    def count(self) -> int:
        """How many have arrived since the last `take`; costs the server nothing."""
        return int(self._count.value)

    def take(self) -> list[Arrival]:
        """Return what has arrived, and forget it."""
        self._line.send("take")
        return list(self._line.recv())


@contextmanager
def running(conversation: Callable[[Arrivals[Arrival]], asyncio.Protocol]) -> Iterator[Aside[Arrival]]:
    """Serve one ``conversation`` per client on a free port of the loopback address, until the block ends.

    When this process dies, so does the server.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    count = context.Value("q", 0, lock=False)
    process = context.Process(target=_serve, args=(conversation, theirs, count), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Aside(port=ours.recv(), pid=process.pid or 0, _line=ours, _count=count)
    finally:
        ours.close()
        process.join()


def _serve(
    conversation: Callable[[Arrivals[Any]], asyncio.Protocol],
    line: Connection,
    count: Any,  # noqa: ANN401 - as above
) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_closed(conversation, line, Arrivals(count)))


async def _serve_until_closed(
    conversation: Callable[[Arrivals[Any]], asyncio.Protocol], line: Connection, arrivals: Arrivals[Any]
) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: conversation(arrivals), "127.0.0.1", 0, backlog=_BACKLOG)
    line.send(server.sockets[0].getsockname()[1])
    # A thread waits for the questions: the loop would make the line one that refuses long answers.
    with suppress(EOFError):
        while await asyncio.to_thread(line.recv):
            await asyncio.to_thread(line.send, arrivals.take())
    server.close()
