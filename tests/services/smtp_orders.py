"""Orders to a running SMTP server for tests: one JSON object per line, one per answer, over a port of its own."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from msgspec import DecodeError, Struct, ValidationError, json

from tests.services.ports import LOOPBACK
from tests.services.smtp_faults import Faults

if TYPE_CHECKING:
    from tests.services.smtp_server import SmtpServer


class Order(Struct, frozen=True, kw_only=True):
    """What to do; ``faults`` goes with ``set_faults``."""

    do: Literal["set_faults", "go_down", "come_up", "count"]
    faults: Faults = Faults()


class Count(Struct, frozen=True, kw_only=True):
    """The answer to every order: how things stand after it."""

    mails: int
    accepted: int
    connections: int


_DECODER: Final = json.Decoder(Order)


class OrderTaker:
    """Listens for orders."""

    def __init__(self, server: "SmtpServer") -> None:
        self.port = 0
        self._server = server
        self._listener: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._take, LOOPBACK, 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.close()
        for writer in self._writers:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(ConnectionError):
            while line := await reader.readline():
                writer.write(json.encode(await self._answer(line)) + b"\n")
                await writer.drain()
        self._writers.discard(writer)
        writer.close()

    async def _answer(self, line: bytes) -> Count | dict[str, Any]:
        try:
            order = _DECODER.decode(line)
        except (DecodeError, ValidationError) as error:
            return {"error": str(error)}
        match order.do:
            case "set_faults":
                self._server.set_faults(order.faults)
            case "go_down":
                await self._server.go_down()
            case "come_up":
                await self._server.come_up()
        self._server.recorder.flush()
        recorder = self._server.recorder
        return Count(mails=recorder.mails, accepted=recorder.accepted, connections=len(self._server.connections))
