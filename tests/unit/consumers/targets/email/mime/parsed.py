"""Mails as the standard library reads them: the judge of what we write."""

from datetime import UTC, datetime
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from email.message import EmailMessage as ParsedMessage
from email.message import Message
from email.utils import getaddresses
from typing import Final

from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email.addresses import mailbox
from columba_consumers.targets.email.mime.build import build

WHEN: Final = datetime(2026, 3, 9, 17, 5, 1, tzinfo=UTC)
MESSAGE_ID: Final = "<0123456789abcdef0123456789abcdef@example.com>"
ALWAYS: Final = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
ONE_PART: Final = (*ALWAYS, "Content-Transfer-Encoding")


def built(
    message: EmailMessage,
    *,
    to: str = "bob@example.org",
    name: str | None = None,
    date: datetime = WHEN,
    original_to: tuple[str, ...] = (),
) -> bytes:
    """Return the mail with the envelope's usual company."""
    return build(
        message,
        sender=mailbox(message.sender or "News <news@example.com>", "From"),
        recipient=mailbox(to, "To", name=name),
        message_id=MESSAGE_ID,
        date=date,
        original_to=original_to,
    )


def parsed(data: bytes) -> ParsedMessage:
    """Return the mail as today's parser reads it."""
    return message_from_bytes(data, policy=policy.default)


def parsed_utf8(data: bytes) -> ParsedMessage:
    """Return a mail with addresses beyond ASCII as today's parser reads it."""
    return message_from_string(data.decode(), policy=policy.SMTPUTF8)


def header(data: bytes, name: str) -> str:
    """Return a header's decoded text; both of the library's parsers must agree on it."""
    new = str(parsed(data)[name])
    old: Message = message_from_bytes(data, policy=policy.compat32)
    assert str(make_header(decode_header(str(old[name]).replace("\r\n", "")))) == new
    return new


def shown_names(data: bytes, name: str) -> list[tuple[str, str]]:
    """Return the display names and addresses of a header.

    The older parser is asked: the newer one, in some versions of Python, puts a blank between the encoded words of
    one name, against RFC 2047.
    """
    value = str(message_from_bytes(data, policy=policy.compat32)[name]).replace("\r\n", "")
    return [(str(make_header(decode_header(shown))), address) for shown, address in getaddresses([value])]


def body(data: bytes, kind: str) -> str:
    """Return the decoded text of the part of this kind, with the line ends of Python."""
    part = next(part for part in parsed(data).walk() if part.get_content_type() == kind)
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def lines(data: bytes) -> list[bytes]:
    """Return the lines; there is no line end but CRLF."""
    assert data.endswith(b"\r\n")
    found = data[:-2].split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in found)
    return found


def header_names(data: bytes) -> list[str]:
    """Return the names of all headers, as they stand in the bytes and as the parser sees them."""
    head = data.split(b"\r\n\r\n", 1)[0].decode()
    names = [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith((" ", "\t"))]
    assert names == list(parsed(data).keys())
    return names
