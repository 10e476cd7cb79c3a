"""Mails that the app has finished go out as they are, or not at all."""

import pytest
from columba_consumers.raw_email import RawEmail
from columba_consumers.targets.email.finished import checked, for_sink, sender_of
from columba_consumers.targets.email.unsafe import UnsafeHeader, UnsafeMessage


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
