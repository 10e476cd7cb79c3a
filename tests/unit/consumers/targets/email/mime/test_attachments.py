"""Files, images and calendars read back as what was attached, in the tree that inboxes expect."""

from email.message import EmailMessage as ParsedMessage
from email.message import MIMEPart

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.invite import Invite
from columba_consumers.targets.email.unsafe import UnsafeBody, UnsafeHeader
from columba_shared.attachment import Attachment

from tests.unit.consumers.targets.email.mime.corpus import HOSTILE, TEXTS
from tests.unit.consumers.targets.email.mime.parsed import built, lines, parsed

_NAMES = [text for text in TEXTS if text.strip() and len(text) <= 255 and "/" not in text and "\\" not in text]
_CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Frühstück\r\nEND:VCALENDAR\r\n"


def _mail(*attachments: Attachment, html: str | None = None, invite: Invite | None = None) -> ParsedMessage:
    mail = parsed(_bytes(*attachments, html=html, invite=invite))
    assert not any(part.defects for part in mail.walk())
    return mail


def _bytes(*attachments: Attachment, html: str | None = None, invite: Invite | None = None) -> bytes:
    return built(EmailMessage(subject="s", text="t", html=html, attachments=attachments, invite=invite))


def _tree(mail: MIMEPart) -> object:
    if not mail.is_multipart() or mail.get_content_maintype() != "multipart":
        return mail.get_content_type()
    return (mail.get_content_subtype(), *(_tree(part) for part in mail.iter_parts()))


@pytest.mark.parametrize("name", [*_NAMES, "plain.pdf", 'with "quotes".pdf', "per%20cent.pdf", "x" * 251 + ".pdf"])
def test_a_file_name_in_any_language_reads_back_as_itself_but_for_outer_blanks(name: str) -> None:
    (file,) = _mail(Attachment(name=name, content=b"x")).iter_attachments()
    assert file.get_filename() == name.strip()


@pytest.mark.parametrize("name", _NAMES)
def test_no_line_about_a_file_is_long(name: str) -> None:
    data = _bytes(Attachment(name=name, content=b"x"))
    assert max(map(len, lines(data))) <= 78


def test_a_program_that_knows_no_rfc_2231_finds_the_name_in_encoded_words() -> None:
    data = _bytes(Attachment(name="Rechnung März.pdf", content=b"x"))
    assert b'\r\n name="=?utf-8?q?Rechnung_M=C3=A4rz=2Epdf?="\r\n' in data


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 50, b"\r\n.\r\nQUIT\r\n", b"--=_boundary--\r\n"])
def test_any_bytes_read_back_as_themselves(content: bytes) -> None:
    (file,) = _mail(Attachment(name="data.bin", content=content)).iter_attachments()
    assert file.get_content() == content


@pytest.mark.parametrize(
    ("name", "given", "content", "told"),
    [
        ("invoice.pdf", None, b"%PDF", "application/pdf"),
        ("Report.DOCX", None, b"PK", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("backup.tar.gz", None, b"\x1f\x8b", "application/gzip"),
        ("who knows", None, b"?", "application/octet-stream"),
        ("list.csv", None, b"a;b", "text/csv"),
        ("list.csv", None, "ü;ö".encode(), 'text/csv; charset="utf-8"'),
        ("list.csv", None, "ü;ö".encode("latin-1"), "text/csv"),
        ("list.csv", "text/csv; charset=latin-1", "ü;ö".encode("latin-1"), 'text/csv; charset="latin-1"'),
        ("x", "application/vnd.example+json", b"{}", "application/vnd.example+json"),
    ],
)
def test_the_media_type_is_the_one_given_or_that_of_the_name(
    name: str, given: str | None, content: bytes, told: str
) -> None:
    (file,) = _mail(Attachment(name=name, content=content, media_type=given)).iter_attachments()
    assert str(file["Content-Type"]).partition("; name=")[0] == told


def test_a_mail_that_is_passed_on_is_not_encoded_and_reads_back_as_a_mail() -> None:
    (file,) = _mail(Attachment(name="old.eml", content=b"Subject: old\n\n.\nFrom me\n")).iter_attachments()
    assert file["Content-Transfer-Encoding"] == "7bit"
    (inner,) = file.iter_parts()
    assert (inner["Subject"], inner.get_content()) == ("old", ".\r\nFrom me\r\n")


def test_a_mail_that_is_passed_on_may_have_eight_bits_and_all_around_it_says_so() -> None:
    data = _bytes(Attachment(name="old.eml", content="Subject: old\r\n\r\nGrüße\r\n".encode()))
    assert "Grüße".encode() in data
    assert parsed(data)["Content-Transfer-Encoding"] == "8bit"


def test_a_mail_with_lines_that_no_mail_may_have_is_not_passed_on_as_one() -> None:
    with pytest.raises(UnsafeBody, match="attach it as application/octet-stream"):
        _bytes(Attachment(name="old.eml", content=b"Subject: old\n\n" + b"x" * 999))


def test_files_stand_behind_images_and_those_beside_all_alternatives() -> None:
    file, image = Attachment(name="a.pdf", content=b"x"), Attachment(name="l.png", content=b"x", cid="logo@example.com")
    html = '<img src="cid:logo@example.com">'
    both = ("alternative", "text/plain", "text/html")
    assert _tree(_mail(file)) == ("mixed", "text/plain", "application/pdf")
    assert _tree(_mail(file, html="h")) == ("mixed", both, "application/pdf")
    assert _tree(_mail(image, html=html)) == ("related", both, "image/png")
    assert _tree(_mail(file, image, html=html)) == ("mixed", ("related", both, "image/png"), "application/pdf")


def test_an_image_is_shown_by_its_cid_and_is_no_file_in_the_list() -> None:
    mail = _mail(Attachment(name="logo.png", content=b"PNG", cid="logo"), html='<img src="cid:logo">')
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert (image["Content-ID"], image.get_content_disposition(), image.get_content()) == ("<logo>", "inline", b"PNG")
    assert mail["Content-Type"].params["type"] == "multipart/alternative"


def test_html_alone_is_the_root_of_what_it_shows() -> None:
    image = Attachment(name="l.png", content=b"x", cid="l")
    mail = parsed(built(EmailMessage(subject="s", html='<img src="cid:l">', attachments=(image,))))
    assert _tree(mail) == ("related", "text/html", "image/png")
    assert mail["Content-Type"].params["type"] == "text/html"


def test_an_invitation_stands_where_every_inbox_looks_for_it() -> None:
    mail = _mail(html="h", invite=Invite(calendar=_CALENDAR))
    assert _tree(mail) == ("mixed", ("alternative", "text/plain", "text/html", "text/calendar"), "application/ics")
    (calendar,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("invite.ics", _CALENDAR.encode())
    assert calendar.get_content().replace("\r\n", "\n") == _CALENDAR.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "calendar", ["", "METHOD:REQUEST", "BEGIN:VCALENDAR\nEND:VCALENDAR", "BEGIN:VCALENDAR\nMETHOD:X"]
)
def test_what_is_no_invitation_is_refused(calendar: str) -> None:
    with pytest.raises(ValueError, match="calendar: "):
        Invite(calendar=calendar)


@pytest.mark.parametrize("value", [*HOSTILE, "", ".", "..", " ", "../etc/passwd", "a\\b", "x" * 256])
def test_no_file_name_is_anything_else(value: str) -> None:
    with pytest.raises(UnsafeHeader, match=r"^attachments: "):
        _bytes(Attachment(name=value, content=b"x"))
    with pytest.raises(UnsafeHeader, match=r"^attachments: "):
        _bytes(invite=Invite(calendar=_CALENDAR, name=value))


@pytest.mark.parametrize("value", [*HOSTILE, "", "a b", "a>", "<a>", "ä", "a@", "a@b@c", "x" * 129])
def test_no_cid_is_anything_else(value: str) -> None:
    with pytest.raises(UnsafeHeader, match=r"^attachments: "):
        _bytes(Attachment(name="x.png", content=b"x", cid=value), html="h")


@pytest.mark.parametrize(
    "value",
    [*HOSTILE, "", "pdf", "a/b/c", "a/b;", "a/b; c", "a/b; c=d\r\nBcc: e@x", "multipart/mixed", "ä/b", 'a/b; c="d\n"'],
)
def test_no_media_type_is_anything_else(value: str) -> None:
    with pytest.raises(UnsafeHeader, match=r"^attachments: "):
        _bytes(Attachment(name="x.png", content=b"x", media_type=value))


def test_an_image_without_html_to_show_it_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no html"):
        EmailMessage(subject="s", text="t", attachments=(Attachment(name="l.png", content=b"x", cid="logo"),))


def test_two_images_do_not_share_a_cid() -> None:
    image = Attachment(name="l.png", content=b"x", cid="logo")
    with pytest.raises(ValueError, match="two have the cid logo"):
        EmailMessage(subject="s", html="h", attachments=(image, image))


def test_text_is_no_content() -> None:
    with pytest.raises(TypeError, match="give bytes"):
        Attachment(name="x.txt", content="text")  # type: ignore[arg-type]  # the mistake that is made
