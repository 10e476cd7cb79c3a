"""The email target from message to receipt."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import dkim
import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import DeliveryError, InvalidMessage, Permanent, TargetDown, Throttled
from columba_consumers.raw_email import RawEmail
from columba_consumers.targets.email import EmailSettings, EmailTarget
from columba_consumers.targets.email.accounts import MailAccount
from columba_consumers.targets.email.addresses import mailbox
from columba_consumers.targets.email.dkim.signers import Signers
from columba_consumers.targets.email.smtp.server import Server
from columba_consumers.targets.target import DeliveryRef, Receipt, Target
from columba_shared.attachment import Attachment

from tests.live.email.sending import mails
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_server import SmtpServer
from tests.unit.consumers.targets.email.dkim.keys import dns, key_in

_ID = UUID("0192f7a1-0000-8000-8000-000000000001")


def _delivery(address: str = "bob@example.org", *, attempt: int = 1, name: str | None = "Bob") -> DeliveryRef:
    return DeliveryRef(id=_ID, event_id=_ID, kind="invoice.ready", address=address, name=name, attempt=attempt)


@asynccontextmanager
async def _target(
    server: SmtpServer, *, sink: str | None = None, signers: Signers | None = None
) -> AsyncIterator[EmailTarget]:
    target = EmailTarget(
        EmailSettings(
            accounts=(MailAccount(server=Server.from_url(f"smtp://127.0.0.1:{server.port}"), connections=3),),
            sender=mailbox("News <news@example.com>", "From"),
            message_id_domain="example.com",
            sink=mailbox(sink, "sink") if sink else None,
            connections=3,
            signers=signers,
        )
    )
    try:
        yield target
    finally:
        await target.close()


async def _deliver(target: Target, message: object, delivery: DeliveryRef | None = None) -> Receipt:
    async with target.slot() as slot:
        return await slot.deliver(message, delivery or _delivery())


async def test_a_message_becomes_a_mail_with_a_receipt() -> None:
    async with SmtpServer() as server, _target(server) as target:
        receipt = await _deliver(target, EmailMessage(subject="Grüße", text="Hallo", bcc=("hidden@example.org",)))
        assert (receipt.reply, receipt.provider_id) == ("250 2.0.0 Ok: queued as 1", "1")
        (seen,) = mails(server)
        assert (seen.mail_from, seen.rcpt_to) == ("news@example.com", ("bob@example.org", "hidden@example.org"))
        assert seen.body is not None
        mail = message_from_bytes(seen.body, policy=policy.default)
        assert (mail["From"], mail["To"], mail["Subject"]) == (
            "News <news@example.com>",
            "Bob <bob@example.org>",
            "Grüße",
        )
        assert b"hidden" not in seen.body


async def test_a_mail_that_the_app_has_finished_arrives_byte_for_byte() -> None:
    content = (
        b"Subject:  odd \r\nfrom:ann@example.com\r\nTO: crowd:;\r\n\r\n.\r\n..a\r\nGr\xc3\xbc\xc3\x9fe \r\n\r\n\r\n"
    )
    async with SmtpServer() as server, _target(server) as target:
        await _deliver(target, RawEmail(content=content))
        (seen,) = mails(server)
    assert (seen.body, seen.mail_from, seen.rcpt_to) == (content, "ann@example.com", ("bob@example.org",))
    assert seen.asked == f"SIZE={len(content)} BODY=8BITMIME"


@pytest.mark.parametrize(
    "message",
    [
        EmailMessage(subject="Grüße", text=".\nHallo \n", html="<p>Hallo</p>\n"),
        EmailMessage(subject="s", text="t", attachments=(Attachment(name="a.bin", content=bytes(range(256)) * 9),)),
        RawEmail(content=b"From: Ann <ann@shop.example.com>\r\nSender: x@example.net\r\n\r\n.\r\nno last line end"),
    ],
)
async def test_what_arrives_is_signed_for_its_authors_domain(message: object, tmp_path: Path) -> None:
    signers = Signers([key_in(tmp_path, "rsa"), key_in(tmp_path, "ed25519")])
    async with SmtpServer() as server, _target(server, signers=signers) as target:
        await _deliver(target, message)
        (seen,) = mails(server)
    assert seen.body is not None
    verifier = dkim.DKIM(seen.body)
    assert [verifier.verify(idx=index, dnsfunc=dns()) for index in (0, 1)] == [True, True]
    assert verifier.domain == b"example.com"


async def test_a_finished_mail_goes_to_the_sink_as_well() -> None:
    content = b"From: ann@example.com\r\n\r\nhi\r\n"
    async with SmtpServer() as server, _target(server, sink="sink@example.net") as target:
        await _deliver(target, RawEmail(content=content, sender="bounces@example.com"))
        (seen,) = mails(server)
    assert (seen.mail_from, seen.rcpt_to) == ("bounces@example.com", ("sink@example.net",))
    assert seen.body == b"X-Columba-Original-To: bob@example.org\r\n" + content


async def test_every_attempt_has_the_same_message_id() -> None:
    async with SmtpServer() as server, _target(server) as target:
        for attempt in (1, 2):
            await _deliver(target, EmailMessage(subject="s", text="t"), _delivery(attempt=attempt))
        assert {mail.message_id for mail in mails(server)} == {f"<{_ID.hex}@example.com>"}


async def test_a_sink_gets_every_mail_and_nobody_else_any() -> None:
    async with SmtpServer() as server, _target(server, sink="sink@example.net") as target:
        message = EmailMessage(subject="s", text="t", cc=("ann@example.org",), bcc=("cy@example.org",))
        await _deliver(target, message)
        (seen,) = mails(server)
        assert seen.rcpt_to == ("sink@example.net",)
        assert seen.body is not None
        mail = message_from_bytes(seen.body, policy=policy.default)
        assert (mail["To"], mail["Cc"]) == ("sink@example.net", None)
        assert mail["X-Columba-Original-To"] == "bob@example.org, ann@example.org, cy@example.org"


async def test_somebody_who_is_named_twice_gets_one_copy() -> None:
    async with SmtpServer() as server, _target(server) as target:
        await _deliver(
            target, EmailMessage(subject="s", text="t", cc=("bob@example.org",), bcc=("Bob <bob@example.org>",))
        )
        assert [mail.rcpt_to for mail in mails(server)] == [("bob@example.org",)]


async def test_a_refused_copy_is_told_in_the_receipt() -> None:
    faults = Faults(rules=(Rule(phase="rcpt", reply="550 5.1.1 no such user", recipient="ann"),))
    async with SmtpServer(faults=faults) as server, _target(server) as target:
        receipt = await _deliver(target, EmailMessage(subject="s", text="t", cc=("ann@example.org",)))
        assert receipt.reply == ("250 2.0.0 Ok: queued as 1 (copies refused: ann@example.org: 550 5.1.1 no such user)")


@pytest.mark.parametrize(
    ("message", "delivery"),
    [
        (EmailMessage(subject="=?utf-8?q?hi=0ABcc:_evil@x?=", text="t"), _delivery()),
        (EmailMessage(subject="s", text="t"), _delivery("bob@example.org\r\nRCPT TO:<eve@example.org>")),
        (EmailMessage(subject="s", text="t"), _delivery("bob@example.org, eve@example.org")),
        (EmailMessage(subject="s", text="t"), _delivery(name="Bob\nBcc: eve@example.org")),
        (EmailMessage(subject="s", text="t", bcc=("eve@example.org\r\nDATA",)), _delivery()),
        (EmailMessage(subject="s", text="half \ud83d"), _delivery()),
        (RawEmail(content=b"From: a@example.com\n\nhi\n"), _delivery()),
        (RawEmail(content=b"From: a@example.com\r\n\r\nhi\r\n", sender="a@b\r\nDATA"), _delivery()),
        ("not a message at all", _delivery()),
    ],
)
async def test_what_is_unsafe_is_refused_for_good_before_the_server_hears_of_it(
    message: object, delivery: DeliveryRef
) -> None:
    async with SmtpServer() as server, _target(server) as target:
        with pytest.raises(InvalidMessage):
            await _deliver(target, message, delivery)
        assert server.connected == 0


async def test_the_target_has_as_many_slots_as_connections() -> None:
    async with SmtpServer() as server, _target(server) as target:
        assert (target.name, target.slots) == ("email", 3)


async def test_a_probe_tells_whether_the_server_is_there() -> None:
    async with SmtpServer() as server, _target(server) as target:
        await target.probe()
        await server.go_down()
        with pytest.raises(TargetDown):
            await target.probe()
        assert server.recorder.mails == 0


@pytest.mark.parametrize(
    ("reply", "kind"), [("550 5.1.1 no such user", Permanent), ("450 4.7.28 too fast for this domain", Throttled)]
)
async def test_with_a_sink_what_the_server_says_is_about_no_recipient(reply: str, kind: type[DeliveryError]) -> None:
    faults = Faults(rules=(Rule(phase="rcpt", reply=reply),))
    async with SmtpServer(faults=faults) as server, _target(server, sink="sink@example.net") as target:
        with pytest.raises(DeliveryError) as caught:
            await _deliver(target, EmailMessage(subject="s", text="t"))
    assert (type(caught.value), getattr(caught.value, "destination", None)) == (kind, None)
