"""Mails that the app has finished: looked at, and never written anew."""

from email.parser import HeaderParser
from email.utils import getaddresses

from columba_shared.raw_email import RawEmail, check_content

from columba_consumers.targets.email.addresses import Mailbox, domain_of, mailbox
from columba_consumers.targets.email.mime.headers import text_header
from columba_consumers.targets.email.unsafe import UnsafeBody, UnsafeHeader


def sender_of(message: RawEmail) -> Mailbox:
    """Return where bounces go; raises UnsafeHeader if neither the app nor the mail says it."""
    if message.sender is not None:
        return mailbox(message.sender, "sender")
    for name in ("Sender", "From"):
        found = _named(message.content, name)
        if len(found) == 1:
            return mailbox(found[0], name)
    raise UnsafeHeader("content", "has no From with one address; give a sender")


def author_domain(content: bytes) -> str:
    """Return the domain that a mail says it is from; empty when it does not say one."""
    found = _named(content, "From")
    return domain_of(found[0]) if len(found) == 1 else ""


def _named(content: bytes, name: str) -> list[str]:
    """Return the addresses in a header of a mail."""
    head = content.partition(b"\r\n\r\n")[0].decode(errors="surrogateescape")
    values = HeaderParser().parsestr(f"{head}\r\n\r\n").get_all(name, [])
    return [address for _, address in getaddresses(map(str, values)) if address]


def checked(content: bytes) -> bytes:
    """Return the mail unchanged; raises UnsafeBody for what servers on the way would change or refuse."""
    try:
        check_content(content)
    except ValueError as error:
        raise UnsafeBody("content", str(error)) from error
    return content


def for_sink(content: bytes, addresses: tuple[str, ...]) -> bytes:
    """Return the mail with those above it who would have had it."""
    return text_header("X-Columba-Original-To", ", ".join(addresses)).encode() + content
