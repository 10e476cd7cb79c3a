"""A server that answers every HTTP request with one reply, byte for byte, or hangs up instead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.services.ports import LOOPBACK


@dataclass(slots=True)
class HttpSpeaker:
    """Where it listens, and the requests that it has read whole: head and body."""

    reply: bytes
    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request as its Content-Length tells, answer it, and hang up."""
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(lengths[0])) if lengths else b""
        self.requests.append(head + body)
        writer.write(self.reply)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def http_speaker(status: str, *headers: str, body: bytes = b"") -> AsyncIterator[HttpSpeaker]:
    """Give a speaker that answers ``503 Service Unavailable`` and the like; with an empty status it only hangs up."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    speaker = HttpSpeaker("\r\n".join(lines).encode() + body if status else b"")
    server = await asyncio.start_server(speaker.converse, LOOPBACK, 0)
    speaker.port = server.sockets[0].getsockname()[1]
    async with server:
        yield speaker
