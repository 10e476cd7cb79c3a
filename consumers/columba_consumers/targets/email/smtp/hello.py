"""Opening a session: connect, greet, encrypt, log in."""

import asyncio
import os
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Final

from columba_consumers.errors import DeliveryError, TargetDown, Throttled
from columba_consumers.targets.email.smtp.capabilities import Capabilities
from columba_consumers.targets.email.smtp.classify import Phase, refusal
from columba_consumers.targets.email.smtp.login import log_in
from columba_consumers.targets.email.smtp.reply import Reply
from columba_consumers.targets.email.smtp.server import Server, Tls
from columba_consumers.targets.email.smtp.session import Session
from columba_consumers.targets.email.smtp.timeouts import Timeouts
from columba_consumers.targets.email.smtp.wire import Broken, Wire

_READY: Final = 220
_OK: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Everything that opening a session takes; ``name`` is what we call ourselves in EHLO."""

    server: Server
    name: str
    timeouts: Timeouts
    tls: ssl.SSLContext | None = None
    """Whose certificates count; None: those that count on this system."""

    async def open(self) -> Session:
        """Return a session that is ready for mail.

        Raises TargetDown, and Throttled if the server has enough of us: no mail is to blame for what goes wrong here.
        """
        loop = asyncio.get_running_loop()
        wire = Wire(loop)
        try:
            await self._connect(loop, wire)
            capabilities = await self._introduce(wire)
        except DeliveryError as error:
            wire.say_goodbye()
            if isinstance(error, Throttled):
                raise Throttled(f"{self.server}: {error.reply}", code=error.code) from error
            raise TargetDown(f"{self.server}: {error.reply}", code=error.code) from error
        except (Broken, OSError, UnicodeError) as error:
            wire.cut("the session was not completed")
            raise TargetDown(f"{self.server}: {_readable(error)}") from error
        except BaseException:
            wire.cut("the session was not completed")
            raise
        return Session(wire, capabilities, self.timeouts, now=loop.time())

    async def _connect(self, loop: asyncio.AbstractEventLoop, wire: Wire) -> None:
        encrypted = self.server.tls is Tls.IMPLICIT
        async with asyncio.timeout(self.timeouts.connect_seconds):
            await loop.create_connection(
                lambda: wire,
                self.server.host,
                self.server.port,
                ssl=self._trust if encrypted else None,
                server_hostname=self.server.host if encrypted else None,
            )

    async def _introduce(self, wire: Wire) -> Capabilities:
        """Greet, encrypt if that is asked for, greet again, log in."""
        wire.limit(self.timeouts.total_seconds)
        greeting = await wire.greeting(seconds=self.timeouts.greeting_seconds)
        if greeting.code != _READY:
            raise refusal(Phase.GREETING, greeting)
        capabilities = await self._ehlo(wire)
        if self.server.tls is Tls.STARTTLS:
            await self._encrypt(wire, capabilities)
            capabilities = await self._ehlo(wire)
        if self.server.user is not None and self.server.password is not None:
            seconds = self.timeouts.command_seconds
            await log_in(wire, capabilities, self.server.user, self.server.password, seconds=seconds)
        return capabilities

    async def _ehlo(self, wire: Wire) -> Capabilities:
        reply = await self._ask(wire, f"EHLO {self.name}\r\n")
        if reply.code != _OK:
            raise refusal(Phase.EHLO, reply)
        return Capabilities.from_ehlo(reply)

    async def _encrypt(self, wire: Wire, capabilities: Capabilities) -> None:
        """Encrypt or give up: a server, or somebody between us, that leaves STARTTLS out gets no mail."""
        if not capabilities.starttls:
            raise TargetDown("offers no STARTTLS, and mail is not sent in the open; for a private way add ?tls=none")
        reply = await self._ask(wire, "STARTTLS\r\n")
        if reply.code != _READY:
            raise refusal(Phase.STARTTLS, reply)
        await wire.start_tls(self._trust, self.server.host, seconds=self.timeouts.connect_seconds)

    @property
    def _trust(self) -> ssl.SSLContext:
        return self.tls or _trust_of_this_system()

    async def _ask(self, wire: Wire, command: str) -> Reply:
        return (await wire.ask(command.encode(), replies=1, seconds=self.timeouts.command_seconds))[0]


@cache
def _trust_of_this_system() -> ssl.SSLContext:
    """Read the system's certificates, which takes a while, when a first server shows one."""
    return ssl.create_default_context()


def _readable(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted: {error.verify_message}"
        case TimeoutError():
            return "no connection in time"
        case ConnectionError(errno=int(number)):
            return os.strerror(number)  # the standard library's loop has the address in its own words, which we name
        case OSError(strerror=str(text)) if text:
            return text
        case _:
            return str(error) or type(error).__name__
