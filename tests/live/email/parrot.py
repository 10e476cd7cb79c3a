"""A server that says what it was taught, for answers that no real server gives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.services.ports import LOOPBACK, free_ports

GREETING = b"220 hi\r\n"
PLAIN = b"250 hi\r\n"
PIPELINING = b"250-hi\r\n250 PIPELINING\r\n"


class Parrot:
    """Says these things on every connection, one after each thing that is said to it.

    Then it only listens, or if ``deaf`` not even that.
    """

    def __init__(self, said: tuple[bytes, ...], *, deaf: bool) -> None:
        self.port = next(free_ports())
        self.heard: list[list[bytes]] = []
        self._said = said
        self._deaf = deaf
        self._ended = asyncio.Event()
        self._talks: set[asyncio.Task[None] | None] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def listen(self) -> asyncio.Server:
        """Begin."""
        return await asyncio.start_server(self._talk, LOOPBACK, self.port)

    def end(self) -> None:
        """Drop every connection."""
        self._ended.set()
        for writer in self._writers:
            writer.transport.abort()

    def listen_again(self) -> None:
        """Stop being deaf."""
        self._ended.set()

    async def hung_up(self) -> None:
        """Wait until every connection up to now was closed by the other side."""
        async with asyncio.timeout(5):
            await asyncio.gather(*filter(None, self._talks))

    def say_unasked(self, words: bytes) -> None:
        """Say something on the first connection."""
        self._writers[0].write(words)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(asyncio.current_task())
        self._writers.append(writer)
        heard: list[bytes] = []
        self.heard.append(heard)
        try:
            for words in self._said:
                writer.write(words)
                if self._deaf and words is self._said[-1]:
                    await self._ended.wait()
                heard.append(await reader.read(65536))
            while heard[-1]:
                heard.append(await reader.read(65536))
        except ConnectionError:  # the other side may leave as rudely as it likes
            heard.append(b"")
        writer.close()


@asynccontextmanager
async def parrot(*said: bytes, deaf: bool = False) -> AsyncIterator[Parrot]:
    """Give a parrot that listens, gone with its connections when the block ends."""
    bird = Parrot(said, deaf=deaf)
    listener = await bird.listen()
    try:
        yield bird
    finally:
        listener.close()
        bird.end()
        await bird.hung_up()
