"""The bare part of sending: pipelined SMTP over kept connections, trusting every answer."""

import asyncio
from collections.abc import Callable
from typing import Any

from benchmarks.bare.cost import Cost, Stopwatch, run
from benchmarks.bare.text import mail, rendered
from benchmarks.program import Loop
from benchmarks.workload import SENDER, address


def send(port: int, mails: int, connections: int, loop: Loop) -> Cost:
    """Send that many mails over that many connections at once."""
    return run(_send(port, mails, connections), loop)


async def _send(port: int, mails: int, connections: int) -> Cost:
    work = _Work(mails)
    clients = await connected(port, connections, work.taken)
    watch = Stopwatch(mails)
    with watch.running():
        for client in clients:
            work.next(client)
        await work.done
    for client in clients:
        client.leave()
    return watch.cost(f"hand over by SMTP (pipelined, {connections} connections)")


class _Work:
    """What is still to be sent, and whether all was taken."""

    def __init__(self, mails: int) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = iter(range(mails))
        self._untaken = mails
        self._data = mail("0123456789abcdef" * 2, address(0), *rendered(0))

    def next(self, client: "Client") -> None:
        """Have the next mail sent, if there is one."""
        number = next(self._left, None)
        if number is not None:
            client.send(address(number), self._data)

    def taken(self, client: "Client") -> None:
        """Count one, and go on."""
        self._untaken -= 1
        if not self._untaken:
            self.done.set_result(None)
        self.next(client)


class Client(asyncio.Protocol):
    """One connection: the envelope in one write, the mail in the next."""

    def __init__(self, taken: Callable[["Client"], None]) -> None:
        """Call ``taken`` when the server has taken a mail."""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._taken = taken
        self._data = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Introduce ourselves at once."""
        self._transport = transport
        self._transport.write(b"EHLO bench\r\n")

    def data_received(self, data: bytes) -> None:
        """Tell by its last line what was answered."""
        last = data[data.rfind(b"\n", 0, -1) + 1 :]
        if last.startswith(b"354"):
            self._transport.write(self._data)
        elif last.startswith(b"250 2.0.0"):
            self._taken(self)
        elif last.startswith(b"250 "):
            self.ready.set_result(None)

    def send(self, to: str, data: bytes) -> None:
        """Begin a mail; the one before must have been taken."""
        self._data = data
        self._transport.write(f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode())

    def leave(self) -> None:
        """Say goodbye."""
        self._transport.write(b"QUIT\r\n")
        self._transport.close()


async def connected(port: int, connections: int, taken: Callable[[Client], None]) -> list[Client]:
    """Return that many clients, each ready for its first mail."""
    loop = asyncio.get_running_loop()
    clients = [(await loop.create_connection(lambda: Client(taken), "127.0.0.1", port))[1] for _ in range(connections)]
    for client in clients:
        await client.ready
    return clients
