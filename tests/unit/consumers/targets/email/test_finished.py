"""Mails that the app has finished go out as they are, or not at all."""

import threading
from typing import ClassVar
from uuid import UUID

import pytest
from columba_consumers.raw_email import RawEmail
from columba_consumers.targets.email import EmailTarget
from columba_consumers.targets.email.addresses import Mailbox
from columba_consumers.targets.email.finished import checked, for_sink, sender_of
from columba_consumers.targets.email.settings import EmailSettings
from columba_consumers.targets.email.smtp.envelope import Envelope
from columba_consumers.targets.email.unsafe import UnsafeHeader, UnsafeMessage
from columba_consumers.targets.target import Content, DeliveryRef

ID = UUID("abcdef01-2345-8789-abcd-ef0123456789")


def _mail(*headers: str, body: str = "Hello\r\n") -> bytes:
    return "".join(f"{header}\r\n" for header in headers).encode() + b"\r\n" + body.encode()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (("From: Ann <ann@example.com>",), "ann@example.com"),
        (("from: =?utf-8?q?=C3=84nn?=\r\n <ann@example.com>",), "ann@example.com"),
        (("From: a@example.com, b@example.com", "Sender: c@example.com"), "c@example.com"),
        (("From: ann@bücher.example",), "ann@xn--bcher-kva.example"),
        (("From: Jörg <jörg@example.com>",), "jörg@example.com"),
        (('From: "Ann (at home)" <"a b"@example.com>',), '"a b"@example.com'),
    ],
)
def test_bounces_go_to_whom_the_mail_is_from(headers: tuple[str, ...], expected: str) -> None:
    assert sender_of(RawEmail(content=_mail(*headers))).address == expected


def test_bounces_go_where_the_app_wants_them() -> None:
    message = RawEmail(content=_mail("From: ann@example.com"), sender="Bounces <bounces@example.com>")
    assert sender_of(message).address == "bounces@example.com"


@pytest.mark.parametrize(
    "headers",
    [
        ("To: bob@example.com",),
        ("From: a@example.com, b@example.com",),
        ("From: nobody",),
        ("From: a@example.com", "From: b@example.com"),
        ("Subject: hi", "", "From: ann@example.com"),
        ("From: <ann@example.com>RCPT",),
    ],
)
def test_a_mail_from_nobody_or_many_needs_a_sender(headers: tuple[str, ...]) -> None:
    with pytest.raises(UnsafeHeader):
        sender_of(RawEmail(content=_mail(*headers)))


@pytest.mark.parametrize(
    "content",
    [
        _mail("From: ann@example.com", body="Grüße\r\n.\r\n..\r\n\r\nno last line end"),
        _mail("From: ann@example.com", body="x" * 998 + "\r\n"),
        _mail("From: ann@example.com", body=""),
    ],
)
def test_what_servers_pass_on_is_left_as_it_is(content: bytes) -> None:
    assert checked(content) is content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"From: ann@example.com\r\n",
        b"From: ann@example.com\n\nHello\n",
        _mail("From: ann@example.com", body="bare\rreturn\r\n"),
        _mail("From: ann@example.com", body="bare\nfeed\r\n"),
        _mail("From: ann@example.com", body="zero\0\r\n"),
        _mail("From: ann@example.com", body="x" * 999 + "\r\n"),
        _mail("From: ann@example.com", body="x" * 999),
        b"\r\n" + _mail("From: ann@example.com"),
        b" folded\r\n" + _mail("From: ann@example.com"),
    ],
)
def test_what_servers_would_change_is_refused(content: bytes) -> None:
    with pytest.raises(UnsafeMessage, match=r"^content: "):
        checked(content)


def test_in_a_sink_those_who_would_have_had_it_stand_above_the_mail() -> None:
    content = _mail("From: ann@example.com")
    assert for_sink(content, ("bob@example.org",)) == b"X-Columba-Original-To: bob@example.org\r\n" + content


@pytest.mark.parametrize(("lines", "is_beside"), [(1, False), (100_000, True)])
async def test_a_large_one_is_looked_at_beside_the_event_loop(
    lines: int,
    is_beside: bool,  # noqa: FBT001 - what is expected
) -> None:
    class Watched(EmailTarget):
        threads: ClassVar[list[threading.Thread]] = []

        def compose(self, message: Content, delivery: DeliveryRef) -> tuple[Envelope, bytes]:
            self.threads.append(threading.current_thread())
            return super().compose(message, delivery)

    target = Watched(EmailSettings(sender=Mailbox(address="news@example.com"), message_id_domain="example.com"))
    ref = DeliveryRef(id=ID, event_id=ID, kind="a.b", address="ann@example.org", name=None, attempt=1)
    content = _mail("From: ann@example.com", body="Hello\r\n" * lines)
    assert (await target.mail(RawEmail(content=content), ref))[1] == content
    assert (Watched.threads.pop() is not threading.current_thread()) is is_beside
