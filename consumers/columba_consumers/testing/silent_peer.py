"""A provider that takes whatever comes, and says nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

_LOOPBACK: Final = "127.0.0.1"


@asynccontextmanager
async def silent_peer() -> AsyncIterator[int]:
    """Give the port on 127.0.0.1 at which it listens."""
    listening: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listening[asyncio.current_task()] = writer
        with suppress(ConnectionError):
            while await reader.read(1 << 16):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(say_nothing, _LOOPBACK, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for writer in listening.values():
            writer.transport.abort()
        await asyncio.gather(*filter(None, listening))
