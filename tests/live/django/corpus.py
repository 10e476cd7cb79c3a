"""Mails as projects send them, of every shape that Django knows; Date and Message-ID are pinned."""

# ruff: noqa: RUF001 - letters that look like others are what other languages are written in

import email.message
import email.mime.application
import email.mime.image
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, Final

import django
from django.core.mail import EmailAttachment, EmailMessage, EmailMultiAlternatives
from django.utils.functional import lazystr

MODERN: Final = django.VERSION >= (6, 0)
"""Whether Django writes mails by the library's new classes."""
_CHANCE: Final = Random(11)  # noqa: S311 - content, no secret
_PDF: Final = b"%PDF-1.7\n" + _CHANCE.randbytes(20_000)
_BIG: Final = _CHANCE.randbytes(400_000)
_PNG: Final = b"\x89PNG\r\n\x1a\n" + _CHANCE.randbytes(700)
_PINNED: Final = {"Date": "Sun, 22 Nov 2026 09:00:00 +0100"}
_HTML: Final = "<!doctype html>\n<p>Grüße, <b>Bob</b></p>\n"
_FORWARDED: Final = (
    "From: cy@example.org\nTo: ann@example.com\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nForwarded.\nFrom here\n.\n"
)


class _Tagged(EmailMessage):
    """Adds a header of its own to what it has made."""

    def message(self, **policy: object) -> email.message.Message:
        made: email.message.Message = super().message(**policy)
        made["X-Tag"] = "shop 42"
        return made


class _Sealed(EmailMultiAlternatives):
    """Wraps what it has made, as signing does."""

    def message(self, **policy: object) -> email.message.Message:
        inner = super().message(**policy)
        outer = _envelope(**policy)
        for name in ("Subject", "From", "To", "Date", "Message-ID"):
            outer[name] = str(inner[name])
            del inner[name]
        outer.attach(inner)
        outer.attach(_part("application/pgp-signature", b"-----BEGIN PGP SIGNATURE-----\n\nxyz=\n"))
        return outer


def _envelope(**policy: object) -> email.message.Message:
    if not MODERN:
        from django.core.mail import SafeMIMEMultipart  # noqa: PLC0415 - gone from Django 6 on

        old: email.message.Message = SafeMIMEMultipart(_subtype="signed", protocol="application/pgp-signature")
        return old
    new = email.message.EmailMessage(**policy)  # type: ignore[arg-type]  # as it was given
    new["MIME-Version"] = "1.0"
    new["Content-Type"] = 'multipart/signed; protocol="application/pgp-signature"'
    return new


Mails = Iterator[tuple[str, EmailMessage]]


def corpus(folder: Path) -> Mails:
    """Yield each mail under a name; files lie in the folder."""
    makers: tuple[Callable[[], Mails], ...] = (
        _texts,
        _headers,
        _recipients,
        _alternatives,
        partial(_attachments, folder),
        _mails_inside,
        _subclasses,
    )
    for kind, make in enumerate(makers):
        for number, (name, message) in enumerate(make()):
            pinned = _PINNED | {"Message-ID": f"<{kind}.{number}@example.com>"}
            message.extra_headers = pinned | message.extra_headers
            yield name, message


def _mail(
    made: Callable[..., EmailMessage] = EmailMessage,
    *,
    also: Mapping[str, object] = MappingProxyType({}),
    **given: object,
) -> EmailMessage:
    usual = {"subject": "Hi", "body": "Hello\n", "from_email": "ann@example.com", "to": ["bob@example.org"]}
    message = made(**usual | given)
    for name, value in also.items():
        setattr(message, name, value)
    return message


def _texts() -> Mails:
    yield "plain", _mail()
    yield "eight bits", _mail(body="Grüße aus Wien ☕\n")
    yield "empty", _mail(body="")
    yield "no last line end", _mail(body="one\ntwo")
    yield "dots", _mail(body=".\n..\n. \nFrom here\n>From there\n.")
    yield "line ends", _mail(body="one\r\ntwo\rthree\n\n\n\r\n")
    yield "blanks", _mail(body="  one  \n\ttwo\t\n \n")
    yield "long line", _mail(body="x" * 3000 + "\n")
    yield "long line of eight bits", _mail(body="ü" * 800 + "\n")
    yield "other scripts", _mail(body="שלום\nمرحبا\n你好\nこんにちは\n🎉\n", subject="שלום 你好 🎉")
    yield "html alone", _mail(body=_HTML, also={"content_subtype": "html"})
    yield "latin", _mail(body="Grüße\n", also={"encoding": "iso-8859-1"})
    yield "lazy", _mail(subject=lazystr("Later"), body=lazystr("Later on\n") if MODERN else "Later on\n")


def _headers() -> Mails:
    yield "long subject", _mail(subject="word " * 60 + "end")
    yield "subject beyond ascii", _mail(subject="Grüße " * 30)
    yield "own", _mail(headers={"X-Shop": "42", "X-Name": "Jürgen", "List-Id": "<news.example.com>"})
    yield (
        "instead",
        _mail(headers={"From": "Shop <shop@example.com>", "To": "list@example.com", "Reply-To": "a@example.com"}),
    )
    yield "sender", _mail(headers={"Sender": "robot@example.com"}, from_email="robot@example.com")
    yield (
        "lists",
        _mail(headers={"List-Unsubscribe": "<https://example.com/u?t=" + "abc" * 90 + ">", "Precedence": "bulk"}),
    )
    yield "urgent", _mail(headers={"X-Priority": "1 (Highest)", "Importance": "high"})


def _recipients() -> Mails:
    yield (
        "names",
        _mail(from_email="Jürgen Groß <j@example.com>", to=['"Last, First" <f@example.org>', "Ünal <u@example.org>"]),
    )
    yield (
        "copies",
        _mail(cc=["Cy <cy@example.org>"], bcc=["hidden@example.org"], reply_to=["r@example.com", "s@example.com"]),
    )
    yield "bcc alone", _mail(to=[], bcc=["hidden@example.org", "secret@example.net"])
    yield "twice", _mail(to=["bob@example.org", "Bob <bob@example.org>"], cc=["bob@example.org"])
    yield "domain beyond ascii", _mail(to=["bob@bücher.example"], from_email="ann@grüße.example")
    yield "crowd", _mail(to=[f"Customer {number} <c{number}@example.org>" for number in range(40)])
    yield "bounces elsewhere", _mail(from_email="bounces@example.com", headers={"From": "Ann <ann@example.com>"})


def _alternatives() -> Mails:
    def both(*alternatives: tuple[str, str], **given: Any) -> EmailMessage:  # noqa: ANN401 - any field
        message = _mail(EmailMultiAlternatives, **given)
        for content, media_type in alternatives:
            message.attach_alternative(content, media_type)
        return message

    calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Frühstück\r\nEND:VCALENDAR\r\n"
    yield "html too", both((_HTML, "text/html"))
    yield (
        "several",
        both((_HTML, "text/html"), ("<html ⚡4email></html>", "text/x-amp-html"), (calendar, "text/calendar")),
    )
    yield "html without text", both((_HTML, "text/html"), body="")
    yield "long html", both(("<p>" + "lang " * 900 + "ü</p>", "text/html"))
    yield "html and files", both((_HTML, "text/html"), attachments=[("a.pdf", _PDF, "application/pdf")])
    yield "bytes", both(("{}", "application/json"))


def _attachments(folder: Path) -> Mails:
    path = folder / "bericht ü.csv"
    path.write_bytes("a;b\r\nä;ö\r\n".encode())
    named = _mail()
    named.attach_file(path)
    yield "a file", named
    yield (
        "several",
        _mail(
            attachments=[("a.pdf", _PDF, "application/pdf"), ("b.txt", "Grüße\n", "text/plain"), ("c.bin", _PNG, None)]
        ),
    )
    yield "named by a tuple", _mail(attachments=[EmailAttachment("a.png", _PNG, "image/png")])
    yield "no name", _mail(attachments=[(None, _PNG, "image/png")])
    yield "name beyond ascii", _mail(attachments=[("Rechnung März – 42.pdf", _PDF, "application/pdf")])
    yield "name in quotes", _mail(attachments=[('a "b"; c.txt', "text", "text/plain")])
    yield (
        "text as bytes",
        _mail(attachments=[("a.txt", "Grüße\r\n".encode(), "text/plain"), ("b.txt", b"x" * 2000, None)]),
    )
    yield "text that is none", _mail(attachments=[("a.txt", "Grüße".encode("latin-1"), "text/plain")])
    yield "empty", _mail(attachments=[("a.txt", "", "text/plain"), ("b.bin", b"", "application/octet-stream")])
    yield "without a text", _mail(body="", attachments=[("a.pdf", _PDF, "application/pdf")])
    yield "half a megabyte", _mail(attachments=[("big.bin", _BIG, "application/octet-stream")])
    related = _mail(EmailMultiAlternatives, also={} if MODERN else {"mixed_subtype": "related"})
    related.attach_alternative('<img src="cid:logo">', "text/html")
    related.attach(_part("image/png", _PNG, **{"Content-ID": "<logo>", "Content-Disposition": "inline"}))
    yield "an image inside", related


def _mails_inside() -> Mails:
    yield "as text", _mail(attachments=[("mail.eml", _FORWARDED, "message/rfc822")])
    inner = _mail(subject="Grüße", body="Grüße\n", headers={**_PINNED, "Message-ID": "<inner@example.com>"})
    yield "djangos", _mail(attachments=[("mail.eml", inner, "message/rfc822")])
    parsed = email.message_from_string(_FORWARDED, policy=email.policy.default if MODERN else email.policy.compat32)
    yield "the librarys", _mail(attachments=[("mail.eml", parsed, "message/rfc822")])
    nested = _mail(
        attachments=[("a.pdf", _PDF, "application/pdf")], headers={**_PINNED, "Message-ID": "<n@example.com>"}
    )
    yield "with files", _mail(attachments=[("mail.eml", nested, "message/rfc822"), ("b.txt", "b", "text/plain")])


def _subclasses() -> Mails:
    yield "tagged", _mail(_Tagged)
    yield "sealed", _mail(_Sealed, alternatives=[(_HTML, "text/html")])


def _part(media_type: str, content: bytes, **headers: str) -> Any:  # noqa: ANN401 - of the library's old or new kind
    """Return a part as a project makes it by itself."""
    kind, _, subtype = media_type.partition("/")
    if not MODERN:
        made = (
            email.mime.image.MIMEImage(content, subtype)
            if kind == "image"
            else email.mime.application.MIMEApplication(content, subtype)
        )
        for name, value in headers.items():
            made[name] = value
        return made
    part = email.message.MIMEPart(policy=email.policy.SMTP)
    part.set_content(content, kind, subtype)
    for name, value in headers.items():
        del part[name]
        part[name] = value
    return part
