"""One connection to the SMTP server for tests: bytes in, commands and mails out, answers back in one piece."""

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from tests.services.smtp_conversation import Conversation
from tests.services.smtp_record import Opened

if TYPE_CHECKING:
    from tests.services.smtp_server import SmtpServer

_END: Final = b"\r\n.\r\n"
_EMPTY: Final = b".\r\n"


class SmtpConnection(asyncio.Protocol):
    """Cuts the stream into lines and mails for its conversation, which tells it when to stall and when to leave."""

    def __init__(self, server: "SmtpServer", number: int) -> None:
        self.number = number
        self.encrypted = server.tls is not None and server.implicit_tls
        self.reading_mail = False
        self.stalled = False
        self._server = server
        self._conversation = Conversation(server, self)
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._searched = 0
        self._answers: list[bytes] = []
        self._dripping = bytearray()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._server.connections.add(self)
        self._server.recorder.add(Opened(time=time.time(), connection=self.number))
        self._conversation.greet()
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Work through what has come."""
        self._buffer += data
        self.work()

    def connection_lost(self, _: Exception | None) -> None:
        """Record what was open."""
        self.stalled = True
        self._server.connections.discard(self)
        self._conversation.lost()

    # What the conversation uses.

    def say(self, reply: str) -> None:
        """Add to the answer."""
        self._answers.append(reply.encode() + b"\r\n")

    def flush(self) -> None:
        """Send the answers."""
        if not self._answers or self._transport is None:
            return
        data = b"".join(self._answers)
        self._answers.clear()
        if self._server.mischief.faults.drip_seconds:
            self._dripping += data
            self._drip()
        else:
            self._transport.write(data)

    def leave(self) -> None:
        """Send the answers and close from this side."""
        self.stalled = True
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Cut the connection."""
        self.stalled = True
        self._answers.clear()
        if self._transport is not None:
            self._transport.abort()

    def start_tls(self) -> None:
        """Send the answers, forget what came in plaintext, and shake hands."""
        self.flush()
        self.stalled = True
        self._buffer.clear()
        self._server.run(self._encrypt())

    def work(self) -> None:
        """Handle what lies in the buffer, as far as it is complete."""
        while not self.stalled and (self._read_mail() if self.reading_mail else self._read_command()):
            pass
        self.flush()

    # Reading.

    def _read_command(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = self._buffer[:end].decode(errors="replace")
        del self._buffer[: end + 2]
        self._conversation.command(line)
        return True

    def _read_mail(self) -> bool:
        if self._buffer.startswith(_EMPTY):
            body, length = b"", len(_EMPTY)
        else:
            end = self._buffer.find(_END, max(0, self._searched - len(_END)))
            if end < 0:
                self._searched = len(self._buffer)
                self._conversation.partial_mail()
                return False
            body, length = bytes(self._buffer[: end + 2]), end + len(_END)
        del self._buffer[:length]
        self._searched = 0
        self.reading_mail = False
        self._conversation.mail(body.removeprefix(b".").replace(b"\r\n.", b"\r\n"))
        return True

    def _drip(self) -> None:
        if self._dripping and self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._dripping[:1])
            del self._dripping[:1]
            asyncio.get_running_loop().call_later(self._server.mischief.faults.drip_seconds, self._drip)

    async def _encrypt(self) -> None:
        if self._transport is None or self._server.tls is None:
            return
        transport = None
        with suppress(OSError):  # the client did not like our certificate, or us
            loop = asyncio.get_running_loop()
            transport = await loop.start_tls(self._transport, self, self._server.tls, server_side=True)
        if transport is None:
            self.connection_lost(None)  # which the event loop does not call when the handshake fails
        else:
            self._transport, self.encrypted, self.stalled = transport, True, False
            self.work()
