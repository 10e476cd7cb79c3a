"""What we write by hand and what the standard library writes read back as the same."""

from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email.unsafe import UnsafeHeader
from columba_shared.attachment import Attachment
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.consumers.targets.email.mime.parsed import body, built, header, parsed, shown_names

_SHOWN = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120)
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=300).map(lambda text: f"{text}\n")
_FILE = st.builds(
    Attachment,
    name=_SHOWN.filter(lambda name: name.strip(" .") and not set(name) & {"/", "\\"}),
    content=st.binary(max_size=300),
    media_type=st.just("application/octet-stream"),
)
_MESSAGE = st.builds(EmailMessage, subject=_SHOWN, text=_TEXT, html=_TEXT, attachments=st.tuples(_FILE))


@pytest.mark.slow
@given(message=_MESSAGE, name=_SHOWN)
def test_ours_and_the_librarys_read_back_as_the_same(message: EmailMessage, name: str) -> None:
    try:
        ours = built(message, name=name)
    except UnsafeHeader:
        assume(condition=False)
    theirs = _by_library(message, name)
    assert header(ours, "Subject") == str(parsed(theirs)["Subject"]) == message.subject
    assert shown_names(ours, "To") == shown_names(theirs, "To") == [(name.strip(), "bob@example.org")]
    for kind in ("text/plain", "text/html"):
        assert body(ours, kind) == body(theirs, kind)
    assert _files(ours) == _files(theirs) == [(message.attachments[0].name.strip(), message.attachments[0].octets)]


def _by_library(message: EmailMessage, name: str) -> bytes:
    texts = MIMEMultipart("alternative")
    texts.attach(MIMEText(message.text or "", "plain", "utf-8"))
    texts.attach(MIMEText(message.html or "", "html", "utf-8"))
    mail = MIMEMultipart("mixed")
    mail["Subject"] = Header(message.subject, "utf-8", header_name="Subject").encode()
    shown = Header(name.strip(), "utf-8", header_name="To").encode()
    mail["To"] = f"{shown} <bob@example.org>"
    mail.attach(texts)
    for each in message.attachments:
        file = MIMEApplication(each.octets)
        file.add_header("Content-Disposition", "attachment", filename=("utf-8", "", each.name))
        mail.attach(file)
    return mail.as_bytes().replace(b"\n", b"\r\n")


def _files(data: bytes) -> list[tuple[str | None, object]]:
    return [(file.get_filename(), file.get_content()) for file in parsed(data).iter_attachments()]
