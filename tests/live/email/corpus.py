"""Mails of every shape that people send: each is sent over a socket and read back as what it was."""

# ruff: noqa: RUF001 - letters that look like others are what other languages are written in

from random import Random
from typing import Final

from columba_consumers.email_message import EmailMessage
from columba_consumers.invite import Invite
from columba_shared.attachment import Attachment
from msgspec import Struct

_CHANCE: Final = Random(5)  # noqa: S311 - content, no secret
_PNG: Final = b"\x89PNG\r\n\x1a\n" + _CHANCE.randbytes(2000)
_PDF: Final = b"%PDF-1.7\n" + _CHANCE.randbytes(30_000)
_LOGO: Final = Attachment(name="logo.png", content=_PNG, cid="logo")
_BILL: Final = Attachment(name="invoice.pdf", content=_PDF)
_SHOWN: Final = '<p>Hello <img src="cid:logo" alt="logo"></p>\n'
_HTML: Final = "<!doctype html>\n<html><body><h1>Grüße</h1>\n<p>" + "a b " * 400 + "</p></body></html>\n"
_LINKS: Final = "<https://example.com/u?t=" + "abc-_.~" * 60 + ">, <mailto:u@example.com?subject=off>"


class Case(Struct, frozen=True, kw_only=True):
    """One mail and whom it is for."""

    message: EmailMessage
    to: str = "bob@example.org"
    name: str | None = None


def _text(text: str, subject: str = "s") -> Case:
    return Case(message=EmailMessage(subject=subject, text=text))


def _subject(subject: str, name: str | None = None) -> Case:
    return Case(message=EmailMessage(subject=subject, text="Hello\n"), name=name)


def _to(address: str, name: str | None = None) -> Case:
    return Case(message=EmailMessage(subject="Grüße", text="t\n"), to=address, name=name)


def _files(*attachments: Attachment, html: str | None = None, text: str | None = "t\n") -> Case:
    return Case(message=EmailMessage(subject="files", text=text, html=html, attachments=attachments))


def _file(name: str, content: bytes = b"x", media_type: str | None = None) -> Attachment:
    return Attachment(name=name, content=content, media_type=media_type)


def _invite(method: str) -> Invite:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT", "UID:1@example.com",
             "DTSTART:20261124T090000Z", "SUMMARY:Frühstück ☕", "END:VEVENT", "END:VCALENDAR")  # fmt: skip
    return Invite(calendar="\r\n".join(lines) + "\r\n")


def _mail(**fields: object) -> Case:
    return Case(message=EmailMessage(**{"subject": "s", "text": "t\n", **fields}))  # type: ignore[arg-type]  # any field


CORPUS: Final[dict[str, Case]] = {
    "plain ascii": _text("Hello Bob,\n\nyour order is on its way.\n"),
    "empty text": _text(""),
    "html alone": Case(message=EmailMessage(subject="s", html=_HTML)),
    "text and html": _mail(html=_HTML, text="Grüße\n"),
    "arabic": _mail(subject="فاتورتك جاهزة", text="مرحبا بك\n" * 40, html='<p dir="rtl">مرحبا</p>\n'),
    "hebrew with latin between": _subject("החשבונית INV-42 שלך מוכנה לתשלום היום", "יוסי Cohen"),
    "hebrew text": _text("שלום\nINV-42 עולם\n"),
    "japanese": _subject("請求書のお知らせ：ご確認をお願いいたします。", "山田 太郎"),
    "japanese text": _text("請求書のお知らせ\n" * 200),
    "chinese": _subject("您的发票已准备就绪，请尽快查看并付款，谢谢您的支持与信任", "王小明"),
    "korean": _subject("청구서가 준비되었습니다 " * 5, "김철수"),
    "thai": _subject("ใบแจ้งหนี้ของคุณพร้อมแล้ว", "สมชาย"),
    "russian": _text("Ваш счёт готов.\n", "Ваш счёт за сентябрь готов, оплатите его, пожалуйста"),
    "emoji in subject and name": _subject("🎉👩‍👩‍👧‍👦 Party 🏳️‍🌈 time 👍🏽", "Zoë 🕊 Müller"),
    "emoji alone": _text("🎉" * 500 + "\n", "🎉" * 200),
    "decomposed letters": _subject("e\u0301a\u0308o\u0302\u0323", "Ame\u0301lie"),
    "very long subject": _subject("word " * 150 + "end"),
    "subject of one long word": _subject("x" * 2000),
    "subject that looks encoded": _subject("=?utf-8?q?not_decoded?= stays", "=?utf-8?b?eA==?="),
    "name with quotes and commas": _subject("s", 'Doe, "Bob" (the \\ builder)'),
    "lines of 998 octets": _text("x" * 998 + "\n" + "y" * 998 + "\n"),
    "lines of 999 octets": _text("x" * 999 + "\n"),
    "one line of a megabyte": _text("x" * 1_000_000 + "\n"),
    "long lines of html": _mail(html="<p>" + "word " * 5000 + "</p>\n"),
    "lines of one dot": _text(".\n..\n...\n.\n. \n.x\n\n.\n"),
    "nothing but a dot": _text(".\n"),
    "the commands of smtp": _text("QUIT\n.\nMAIL FROM:<eve@example.net>\nDATA\n"),
    "from at the start of lines": _text("From Bob\nFrom Bob\n>From Bob\nFrom: Bob\n"),
    "blanks at line ends": _text("a \nb\t\n-- \nBob\n"),
    "blank lines at the end": _text("a\n\n\n\n"),
    "carriage returns": _text("one\r\ntwo\rthree\n"),
    "controls in the text": _text("bell\x07 form\x0c feed \u2028 and \x85 and \ufeff bom\n"),
    "equals signs": _text("a=b =20 =3D=\n=\n"),
    "latin letters": _text("Grüße aus Köln, señor Ångström\n" * 30),
    "boundaries in the text": _text("--=_boundary\n--=_boundary--\n--\n"),
    "one file": _files(_BILL),
    "an empty file": _files(_file("nothing.bin", b"")),
    "ten megabytes": _files(_file("big.bin", _CHANCE.randbytes(10_000_000))),
    "files with names in many languages": _files(
        *(_file(name) for name in ("Rechnung März.pdf", "請求書.pdf", "счёт за сентябрь.xlsx", "🎉.png", "فاتورة.pdf"))
    ),
    "files with difficult names": _files(
        *(_file(name) for name in ('a "b".txt', "50%25.txt", "a;b=c.txt", "x" * 251 + ".txt", "ü" * 200, "'.'"))
    ),
    "text files keep their bytes": _files(
        _file("unix.csv", b"a;b\n1;2\n"), _file("latin.csv", "ü\n".encode("latin-1")), _file("utf8.csv", "ü\r".encode())
    ),
    "a mail that is passed on": _files(_file("old.eml", b"Subject: old\r\n\r\n.\r\nold text\r\n")),
    "html with an image": _files(_LOGO, html=_SHOWN),
    "html with an image and no text": _files(_LOGO, html=_SHOWN, text=None),
    "alternatives in related in mixed": _files(_LOGO, _BILL, html=_SHOWN, text="Grüße\n"),
    "many images and files": _files(
        _LOGO,
        *(Attachment(name=f"{n}.png", content=_PNG[n:], cid=f"image{n}@example.com") for n in range(10)),
        *(_file(f"{n}.pdf", _PDF[n:]) for n in range(10)),
        html=_SHOWN,
    ),
    "an invitation": _mail(invite=_invite("REQUEST"), html="<p>Breakfast?</p>\n"),
    "a cancellation with all else": _mail(invite=_invite("CANCEL"), html=_SHOWN, attachments=(_LOGO, _BILL)),
    "a domain in german": _to("bob@bücher.example", "Bücher"),
    "a domain in japanese": _to("bob@例え.テスト"),
    "a local part beyond ascii": _to("jörg@example.org", "Jörg"),
    "a local part in quotes": _to('"bob builder"@example.org', "Bob"),
    "copies and answers": _mail(
        cc=("Ann the First <ann@example.org>", '"Doe, J" <j@example.org>', "Ünal <u@example.org>"),
        bcc=("hidden@example.org",),
        reply_to=("Help 🛟 <help@example.org>", "desk@example.org"),
        sender="Fräulein Post <post@bücher.example>",
    ),
    "sixty copies": _mail(cc=tuple(f"Somebody Number {n} <somebody.{n}@example.org>" for n in range(60))),
    "headers of lists": _mail(
        headers={
            "List-Unsubscribe": _LINKS,
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": "Monthly <monthly.example.com>",
            "X-Campaign": "Frühling 🌷",
            "X-Long": "word " * 60 + "end",
        }
    ),
}  # fmt: skip
