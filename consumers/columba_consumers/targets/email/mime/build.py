"""One mail as the bytes that go over the wire."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email.addresses import Mailbox, mailbox
from columba_consumers.targets.email.mime.content import content
from columba_consumers.targets.email.mime.headers import custom_headers, known_header, mailbox_header, text_header

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def build(
    message: EmailMessage,
    *,
    sender: Mailbox,
    recipient: Mailbox,
    message_id: str,
    date: datetime,
    original_to: tuple[str, ...] = (),
) -> bytes:
    """Return the mail with CRLF line ends; the same arguments give the same bytes.

    ``original_to`` names those who would have had it, when the recipient is a sink. Raises UnsafeMessage.
    """
    headers = [known_header("From", (sender,)), mailbox_header("To", (recipient,))]
    if message.cc:
        headers.append(mailbox_header("Cc", mailboxes(message.cc, "Cc")))
    if message.reply_to:
        replies = (message.reply_to,) if isinstance(message.reply_to, str) else message.reply_to
        headers.append(known_header("Reply-To", mailboxes(replies, "Reply-To")))
    headers.append(text_header("Subject", message.subject))
    headers.append(f"Date: {_written(date.astimezone(UTC).replace(microsecond=0))}\r\nMessage-ID: {message_id}\r\n")
    if original_to:
        headers.append(text_header("X-Columba-Original-To", ", ".join(original_to)))
    if message.headers:
        headers.append(custom_headers(message.headers))
    part_headers, lines = content(message, seed=message_id)
    headers.append(f"MIME-Version: 1.0\r\n{part_headers}\r\n")
    return "".join(headers).encode() + lines


def mailboxes(texts: Iterable[str], field: str) -> tuple[Mailbox, ...]:
    """Return the mailboxes written in ``texts``; raises UnsafeHeader."""
    return tuple(mailbox(text, field) for text in texts)


@lru_cache(maxsize=8)
def _written(moment: datetime) -> str:
    """Return the date of RFC 5322, in English whatever the locale."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment.year:04d} {moment:%H:%M:%S} +0000"
