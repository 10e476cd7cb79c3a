"""The bare part of sending: pipelined SMTP over kept connections, trusting every answer."""

import asyncio
from typing import Any

from benchmarks.bare.cost import Cost, Stopwatch, run
from benchmarks.bare.text import mail, rendered
from benchmarks.consumer import Loop
from benchmarks.workload import SENDER, address


def send(port: int, mails: int, connections: int, loop: Loop) -> Cost:
    """Send that many mails over that many connections at once."""
    return run(_send(port, mails, connections), loop)


async def _send(port: int, mails: int, connections: int) -> Cost:
    loop = asyncio.get_running_loop()
    work = _Work(mails, loop.create_future())
    clients = [(await loop.create_connection(lambda: _Client(work), "127.0.0.1", port))[1] for _ in range(connections)]
    for client in clients:
        await client.ready
    watch = Stopwatch(mails)
    with watch.running():
        for client in clients:
            client.next()
        await work.done
    for client in clients:
        client.leave()
    return watch.cost(f"hand over by SMTP (pipelined, {connections} connections)")


class _Work:
    """What is still to be sent, and whether all was taken."""

    def __init__(self, mails: int, done: asyncio.Future[None]) -> None:
        self.left = iter(range(mails))
        self.untaken = mails
        self.done = done
        self.data = mail("0123456789abcdef" * 2, address(0), *rendered(0))

    def taken(self) -> None:
        """Count one."""
        self.untaken -= 1
        if not self.untaken:
            self.done.set_result(None)


class _Client(asyncio.Protocol):
    """One connection: the envelope in one write, the mail in the next."""

    def __init__(self, work: _Work) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._work = work
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Introduce ourselves at once."""
        self._transport = transport
        self._transport.write(b"EHLO bench\r\n")

    def data_received(self, data: bytes) -> None:
        """Tell by its last line what was answered."""
        last = data[data.rfind(b"\n", 0, -1) + 1 :]
        if last.startswith(b"354"):
            self._transport.write(self._work.data)
        elif last.startswith(b"250 2.0.0"):
            self._work.taken()
            self.next()
        elif last.startswith(b"250 "):
            self.ready.set_result(None)

    def next(self) -> None:
        """Begin the next mail, if there is one."""
        number = next(self._work.left, None)
        if number is not None:
            to = address(number)
            self._transport.write(f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode())

    def leave(self) -> None:
        """Say goodbye."""
        self._transport.write(b"QUIT\r\n")
        self._transport.close()
