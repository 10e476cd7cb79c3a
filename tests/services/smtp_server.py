"""The SMTP server for tests and benchmarks: fast, faulty on demand, and exact about what it saw.

In a test's own event loop::

    async with SmtpServer() as server:
        server.set_faults(Faults(greylist=1))
        ...
        await server.recorder.until(lambda: server.recorder.accepted == 10)

As a process of its own, which prints one line of JSON with its ports and runs until SIGTERM::

    python -m tests.services.smtp_server --port 0 --record mails.jsonl

A second port takes orders while it runs (`tests.services.smtp_control`).
"""

import argparse
import asyncio
import signal
import ssl
import sys
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Self

import uvloop
from msgspec import json

from tests.services.ports import LOOPBACK, free_ports
from tests.services.smtp_connection import SmtpConnection
from tests.services.smtp_faults import Faults, Mischief
from tests.services.smtp_orders import OrderTaker
from tests.services.smtp_record import Recorder


class SmtpServer:
    """Takes mail on one loopback port, and keeps that port while it is down."""

    def __init__(
        self,
        *,
        port: int = 0,
        faults: Faults | None = None,
        users: Mapping[str, str] | None = None,
        mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN"),
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        record: Path | None = None,
        keep_bodies: bool = True,
    ) -> None:
        self.port = port or next(free_ports())
        self.mischief = Mischief(faults or Faults())
        self.users = dict(users or {})
        self.mechanisms = mechanisms
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.keep_bodies = keep_bodies
        self.recorder = Recorder(record)
        self.connections: set[SmtpConnection] = set()
        self.connected = 0
        self._transactions = 0
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.come_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_down()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.recorder.close()

    def set_faults(self, faults: Faults) -> None:
        """Behave like this from now on; open connections too."""
        self.mischief = Mischief(faults)

    async def come_up(self) -> None:
        """Listen, again on the same port."""
        if self._listener is None:
            self._listener = await asyncio.get_running_loop().create_server(
                self._connection, LOOPBACK, self.port, ssl=self.tls if self.implicit_tls else None, backlog=1024
            )

    async def go_down(self) -> None:
        """Refuse connections, and cut those that are open."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in list(self.connections):
            connection.drop()
        await self.recorder.until(lambda: not self.connections)

    def next_transaction(self) -> int:
        """Return the number of a transaction that begins."""
        self._transactions += 1
        return self._transactions

    def run(self, work: Coroutine[None, None, None]) -> None:
        """Let something happen beside the conversation."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _connection(self) -> SmtpConnection:
        self.connected += 1
        return SmtpConnection(self, self.connected)


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sent in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sent, stopped.set)
    if arguments.leashed:
        loop.add_reader(sys.stdin.fileno(), stopped.set)
    server = SmtpServer(port=arguments.port, record=arguments.record, keep_bodies=arguments.bodies)
    async with server, OrderTaker(server) as orders:
        sys.stdout.write(json.encode({"port": server.port, "control": orders.port}).decode() + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(prog="smtp_server", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--record", type=Path, help="a file to write what was seen to, as lines of JSON")
    parser.add_argument("--bodies", action="store_true", help="record whole mails")
    parser.add_argument("--leashed", action="store_true", help="end when standard input does")
    uvloop.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
