"""An HTTP server whose answers a test writes: connections are kept, requests recorded, and cut where it says so."""

import asyncio
import gzip
import json
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

from tests.services.ports import LOOPBACK

Json: TypeAlias = Any
"""What JSON holds."""
_MOST_OF_A_HEAD: Final = 64 * 1024


class Cut(Enum):
    """Where the connection ends, and nothing is said."""

    BEFORE_READING = "before the request was read"
    AFTER_READING = "after the request was read"
    SILENCE = "never: nothing is said either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request; the names of its headers in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def plain(self) -> bytes:
        """The body, unpacked."""
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body

    @property
    def json(self) -> Json:
        """The body, read as JSON."""
        return json.loads(self.plain)

    @property
    def form(self) -> dict[str, str]:
        """The body, read as a form."""
        return dict(parse_qsl(self.plain.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    """What it claims to be long; None: as long as it is."""

    @property
    def octets(self) -> bytes:
        """The answer as it travels."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        lines = [f"HTTP/1.1 {self.status} {phrase}", f"Content-Length: {self.length or len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


Answer = Callable[[Asked], Said | Cut]


def said(status: int, content: Json, **headers: str) -> Said:
    """Return an answer in JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status=status, headers={"Content-Type": "application/json"} | named, body=json.dumps(content).encode())


@dataclass(slots=True)
class HttpDouble:
    """Where it listens, and what it has seen; ``answer`` may be changed at any time."""

    answer: Answer
    cut: Cut | None = None
    """What happens to everybody who connects."""
    port: int = 0
    connections: int = 0
    reached_at: list[str] = field(default_factory=list)
    """Under which of its addresses each of them did."""
    requests: list[Asked] = field(default_factory=list)
    _open: dict[asyncio.StreamWriter, "asyncio.Task[None] | None"] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def open(self) -> int:
        """How many are connected."""
        return len(self._open)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other."""
        self.connections += 1
        self.reached_at.append(writer.get_extra_info("sockname")[0])
        self._open[writer] = asyncio.current_task()
        try:
            while self.cut is not Cut.BEFORE_READING:
                asked = await _read(reader)
                self.requests.append(asked)
                answer = self.cut or self.answer(asked)
                if answer is Cut.SILENCE:
                    await reader.read()
                if isinstance(answer, Cut):
                    break
                writer.write(answer.octets)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever asked has gone, or the test is over
        finally:
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()
            del self._open[writer]

    async def close(self) -> None:
        """End every conversation."""
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*filter(None, self._open.values()))


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method=method, path=path, headers=headers, body=body)


@asynccontextmanager
async def http_double(
    answer: Answer, *, cut: Cut | None = None, host: str = LOOPBACK, tls: ssl.SSLContext | None = None
) -> AsyncIterator[HttpDouble]:
    """Give one that listens in this loop."""
    double = HttpDouble(answer=answer, cut=cut)
    server = await asyncio.start_server(double.serve, host, 0, limit=_MOST_OF_A_HEAD, ssl=tls)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
        await double.close()
        await server.wait_closed()


@contextmanager
def http_double_apart(answer: Answer) -> Iterator[HttpDouble]:
    """Give one that listens in a thread of its own, for processes that a test starts."""
    ready, over = threading.Event(), threading.Event()
    found: list[HttpDouble] = []

    async def listen() -> None:
        async with http_double(answer) as double:
            found.append(double)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(listen()), name="http-double")
    thread.start()
    try:
        assert ready.wait(timeout=30), "the double does not listen"
        yield found[0]
    finally:
        over.set()
        thread.join(timeout=30)
