"""A way to the broker that a test can freeze, cut and wrap in TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from columba_shared.broker_url import BrokerUrl

_CHUNK = 65_536


class Proxy:
    """Carries bytes both ways; while frozen it takes them and passes nothing on, as a dead network does."""

    def __init__(self, node: BrokerUrl) -> None:
        self.node = node
        self.delay_seconds = 0.0
        """How long everything takes to get through, as on a long line."""
        self.port = 0
        self.accepted = 0
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    def url(self, *, scheme: str = "amqp", host: str = "127.0.0.1") -> str:
        """Return the URL of the broker through this proxy."""
        node = self.node
        return f"{scheme}://{node.user}:{node.password}@{host}:{self.port}/{node.vhost}"

    def freeze(self) -> None:
        """Pass nothing on, keep every connection."""
        self._open.clear()

    def thaw(self) -> None:
        """Pass on what was held, and what comes."""
        self._open.set()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        self.accepted += 1
        there, back = await asyncio.open_connection(self.node.host, self.node.port)
        self._writers |= {writer, back}
        pumps = [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]
        self._pumps.update(pumps)
        await asyncio.wait(pumps)

    async def close(self) -> None:
        """End everything."""
        self.thaw()
        self.cut()
        if self._pumps:
            await asyncio.wait(self._pumps)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._open.wait()
                await asyncio.sleep(self.delay_seconds)
                writer.write(data)
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def proxied(url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """Stand between a test and the broker."""
    (node,) = BrokerUrl.parse(url)
    proxy = Proxy(node)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
