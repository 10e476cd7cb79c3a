"""What arrives is what Django's own backend would have sent, byte for byte, over a real connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from columba_consumers.app import App
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.targets.email import EmailSettings, EmailTarget
from columba_consumers.targets.email.accounts import MailAccount
from columba_consumers.targets.email.addresses import mailbox
from columba_consumers.targets.email.smtp.server import Server
from columba_consumers.targets.target import DeliveryRef
from columba_shared.event import Event
from columba_shared.identity import delivery_id

from tests.live.django.conftest import Queued
from tests.live.django.sending import by_columba, by_django
from tests.services.ports import LOOPBACK
from tests.services.smtp_record import Mail, accepted
from tests.services.smtp_server import SmtpServer


@asynccontextmanager
async def _target(server: SmtpServer) -> AsyncIterator[EmailTarget]:
    account = MailAccount(server=Server.from_url(f"smtp://{LOOPBACK}:{server.port}"), connections=1)
    sender = mailbox("columba@example.net", "From")
    target = EmailTarget(
        EmailSettings(accounts=(account,), sender=sender, message_id_domain="example.net", connections=1)
    )
    try:
        yield target
    finally:
        await target.close()


@asynccontextmanager
async def _rendering(folder: Path) -> AsyncIterator[Rendering]:
    rendering = Rendering(app=App.empty(), targets={"email": EMAIL_PARTS}, settings=RenderingSettings(folder=folder))
    rendering.open()
    try:
        yield rendering
    finally:
        await rendering.close()


async def _deliver(event: Event, target: EmailTarget, rendering: Rendering) -> None:
    """Deliver to everybody, as consumers do."""
    for recipient in event.to:
        message = await rendering.render(event, recipient)
        reference = DeliveryRef(
            id=delivery_id(event.id, event.target, recipient.address),
            event_id=event.id,
            kind=event.kind,
            address=recipient.address,
            name=None,
            attempt=1,
        )
        async with target.slot() as slot:
            await slot.deliver(message, reference)


@pytest.mark.usefixtures("sqlite")
async def test_every_mail_arrives_as_djangos_own_backend_sends_it(queued: Queued, tmp_path: Path) -> None:
    async with SmtpServer() as server, _target(server) as target, _rendering(tmp_path) as rendering:
        await asyncio.to_thread(by_django, server, tmp_path)
        expected = accepted(server.recorder.entries)
        names, events = await asyncio.to_thread(by_columba, queued, tmp_path)
        assert len(expected) == len(events) > 45
        for name, event, wanted in zip(names, events, expected, strict=True):
            before = len(accepted(server.recorder.entries))
            await _deliver(event, target, rendering)
            _compare(name, wanted, accepted(server.recorder.entries)[before:])


def _compare(name: str, wanted: Mail, arrived: list[Mail]) -> None:
    """Each recipient has the same bytes, from the same sender; each of them once."""
    assert [mail.rcpt_to for mail in arrived] == [(each,) for each in dict.fromkeys(wanted.rcpt_to)], name
    assert {mail.mail_from for mail in arrived} == {wanted.mail_from}, name
    for mail in arrived:
        assert mail.body == wanted.body, name
