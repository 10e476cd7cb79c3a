"""What is queued is what Django's own backend sends over a real connection, with the same envelope."""

import asyncio
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path

import pytest
from columba_shared.event import Event

from tests.live.django.conftest import Queued
from tests.live.django.sending import by_columba, by_django
from tests.services.smtp_record import accepted
from tests.services.smtp_server import SmtpServer


@pytest.mark.usefixtures("sqlite")
async def test_every_mail_is_queued_as_djangos_own_backend_sends_it(queued: Queued, tmp_path: Path) -> None:
    async with SmtpServer() as server:
        await asyncio.to_thread(by_django, server, tmp_path)
        expected = accepted(server.recorder.entries)
    names, events = await asyncio.to_thread(by_columba, queued, tmp_path)
    assert len(expected) == len(events) > 45
    for name, event, wanted in zip(names, events, expected, strict=True):
        assert [file.content for file in event.attachments] == [wanted.body], name
        assert _sender(event) == wanted.mail_from, name
        assert tuple(each.address for each in event.to) == tuple(dict.fromkeys(wanted.rcpt_to)), name


def _sender(event: Event) -> str:
    """Return where bounces go: to whom the event says, else to whom the mail is from."""
    assert event.finished is not None
    if event.finished.sender is not None:
        return event.finished.sender
    mail = message_from_bytes(event.attachments[0].content or b"")
    ((_, address),) = getaddresses([mail["Sender"] or mail["From"]])
    return address
