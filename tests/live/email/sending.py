"""What the email tests send with: a relay to a server of their own, and mails to hand over."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from columba_consumers.targets.email.smtp.envelope import Accepted, Envelope
from columba_consumers.targets.email.smtp.hello import Hello
from columba_consumers.targets.email.smtp.pool import Wear
from columba_consumers.targets.email.smtp.relay import SmtpRelay
from columba_consumers.targets.email.smtp.server import Server, Tls
from columba_consumers.targets.email.smtp.timeouts import Timeouts

from tests.live.email.parrot import Parrot
from tests.services.ports import LOOPBACK
from tests.services.smtp_record import Mail, accepted
from tests.services.smtp_server import SmtpServer

PATIENT: Final = Timeouts()
HASTE_SECONDS: Final = 1.0
MAIL: Final = b"Subject: hi\r\nMessage-ID: <1@example.com>\r\n\r\n.one\r\n..two\r\n.\r\nFrom three\r\n"


def hasty(*steps: str) -> Timeouts:
    """Return patience with all steps but these: a busy machine takes its time over any."""
    quick = {f"{step}_seconds": HASTE_SECONDS for step in steps}
    return replace(PATIENT, octets_per_second=float("inf"), **quick)


@asynccontextmanager
async def relay_to(
    server: SmtpServer | Parrot,
    *,
    host: str = LOOPBACK,
    connections: int = 4,
    tls: Tls = Tls.NONE,
    trust: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    timeouts: Timeouts = PATIENT,
    wear: Wear | None = None,
) -> AsyncIterator[SmtpRelay]:
    """Give a relay to this server, closed politely afterwards."""
    user, password = login or (None, None)
    place = Server(host=host, port=server.port, tls=tls, user=user, password=password)
    hello = Hello(server=place, name="client.test", timeouts=timeouts, tls=trust)
    relay = SmtpRelay(hello, connections=connections, wear=wear)
    try:
        yield relay
    finally:
        await relay.close()


def envelope(*recipients: str, sender: str = "news@example.com") -> Envelope:
    """Return an envelope."""
    return Envelope(sender=sender, recipients=recipients or ("bob@example.org",), delivery="d1")


async def send(relay: SmtpRelay, *recipients: str, data: bytes = MAIL) -> Accepted:
    """Hand one mail over in a slot of its own."""
    async with relay.slot() as slot:
        return await slot.send(envelope(*recipients), data)


def mails(server: SmtpServer) -> list[Mail]:
    """Return the mails that the server took."""
    return accepted(server.recorder.entries)
