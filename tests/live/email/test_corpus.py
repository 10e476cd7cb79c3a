"""The corpus goes out through SMTP, and the standard library's parser reads it back as what was meant."""

from email.message import MIMEPart
from typing import Final

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email import EmailSettings, EmailTarget
from columba_consumers.targets.email.accounts import MailAccount
from columba_consumers.targets.email.addresses import mailbox
from columba_consumers.targets.email.smtp.server import Server
from columba_consumers.targets.email.smtp.timeouts import Timeouts
from columba_consumers.targets.target import DeliveryRef
from columba_shared.attachment import Attachment
from columba_shared.identity import event_id

from tests.live.email.corpus import CORPUS, Case
from tests.live.email.sending import mails
from tests.live.email.wire import problems
from tests.services.smtp_record import Mail
from tests.services.smtp_server import SmtpServer
from tests.unit.consumers.targets.email.mime.parsed import parsed, parsed_utf8, shown_names

_HEAD: Final = b"Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8"


@pytest.mark.parametrize("case", CORPUS.values(), ids=CORPUS)
async def test_it_arrives_as_what_was_meant(case: Case) -> None:
    seen = await _sent(case)
    assert seen.body is not None
    wide = not case.to.isascii() and "SMTPUTF8" in seen.asked
    assert problems(seen.body, wide_addresses=wide) == []
    mail = parsed_utf8(seen.body) if wide else parsed(seen.body)
    assert not any(part.defects for part in mail.walk())
    message = case.message
    assert str(mail["Subject"]) == message.subject
    to = mailbox(case.to, "To", name=case.name)
    assert (mail["To"].addresses[0].addr_spec, seen.rcpt_to[0]) == (to.address, to.address)
    if not wide:
        assert shown_names(seen.body, "To") == [(to.name, to.address)]
    assert seen.rcpt_to[1:] == tuple(mailbox(each, "Cc").address for each in (*message.cc, *message.bcc))
    assert _people(seen.body, "Cc") == [_person(each) for each in message.cc]
    assert _people(seen.body, "Reply-To") == [_person(each) for each in message.reply_to]
    for name, value in message.headers.items():
        assert str(mail[name]) == value
    assert _body(mail, "plain") == _lines(message.text)
    assert _body(mail, "html") == _lines(message.html)
    assert _files(mail) == _expected_files(message)


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 40


@pytest.mark.parametrize(
    ("head", "body", "told"),
    [
        (b"Content-Type: text/plain", b"x\r\n", "no MIME-Version"),
        (_HEAD, b"x" * 999 + b"\r\n", "a line of 999"),
        (_HEAD, b"bare\nfeed\r\n", "a bare CR, LF or zero"),
        (_HEAD, b"no end", "does not end with a line end"),
        (_HEAD, "ü\r\n".encode(), "7bit beyond ASCII"),
        (_HEAD + "\r\nX: ü".encode(), b"x\r\n", "headers beyond ASCII"),
        (_HEAD + b"\r\nContent-Transfer-Encoding: base64", b"eHh4" * 20 + b"\r\n", "a line of more than 76"),
        (_HEAD + b"\r\nContent-Transfer-Encoding: quoted-printable", b"=FF\r\n", "no b'utf-8'"),
        (_HEAD + b"\r\nX: a\r\nx: b", b"x\r\n", "a header comes twice"),
        (_HEAD + b"\r\nX: =?utf-8?q?" + b"a" * 70 + b"?=", b"x\r\n", "an encoded word is too long"),
        (
            b'A: b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"',
            b"--b\r\n",
            "does not end with its",
        ),
    ],
)
def test_what_breaks_a_rule_is_found(head: bytes, body: bytes, told: str) -> None:
    assert any(told in problem for problem in problems(head + b"\r\n\r\n" + body))


async def _sent(case: Case) -> Mail:
    async with SmtpServer() as server:
        settings = EmailSettings(
            accounts=(MailAccount(server=Server.from_url(f"smtp://127.0.0.1:{server.port}")),),
            sender=mailbox("News <news@example.com>", "From"),
            message_id_domain="example.com",
            timeouts=Timeouts(),
        )
        target = EmailTarget(settings)
        reference = DeliveryRef(
            id=event_id(), event_id=event_id(), kind="corpus", address=case.to, name=case.name, attempt=1
        )
        try:
            async with target.slot() as slot:
                await slot.deliver(case.message, reference)
        finally:
            await target.close()
        (seen,) = mails(server)
    return seen


def _people(data: bytes, name: str) -> list[tuple[str, str]]:
    return [] if f"\r\n{name}:".encode() not in data else shown_names(data, name)


def _person(text: str) -> tuple[str, str]:
    box = mailbox(text, "Cc")
    return box.name, box.address


def _body(mail: MIMEPart, subtype: str) -> str | None:
    """Return what is shown: files are none of it."""
    for part in mail.walk():
        if part.get_content_type() == f"text/{subtype}" and part.get_content_disposition() is None:
            return str(part.get_content()).replace("\r\n", "\n")
    return None


def _lines(text: str | None) -> str | None:
    if not text:
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else f"{text}\n"


def _files(mail: MIMEPart) -> list[tuple[str | None, str | None, bytes]]:
    """Return what has a name: with its cid, as its bytes."""
    found = []
    for part in mail.walk():
        if part.get_filename() is not None:
            cid = part["Content-ID"]
            found.append((part.get_filename(), None if cid is None else str(cid).strip("<>"), _octets(part)))
    return found


def _octets(part: MIMEPart) -> bytes:
    if part.get_content_type() == "message/rfc822":
        return part.get_payload()[0].as_bytes(policy=part.policy.clone(linesep="\r\n"))  # type: ignore[index, union-attr]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def _expected_files(message: EmailMessage) -> list[tuple[str, str | None, bytes]]:
    inline = [each for each in message.attachments if each.cid is not None]
    files = [each for each in message.attachments if each.cid is None]
    if message.invite is not None:
        files.append(Attachment(name=message.invite.name, content=message.invite.calendar.encode()))
    return [(each.name, each.cid, each.octets) for each in (*inline, *files)]
