"""Mails that the app has finished: looked at, and never written anew."""

from columba_shared.raw_email import RawEmail, addresses_in, check_content, sender_in

from columba_consumers.targets.email.addresses import Mailbox, domain_of, mailbox
from columba_consumers.targets.email.mime.headers import text_header
from columba_consumers.targets.email.unsafe import UnsafeBody, UnsafeHeader


def sender_of(message: RawEmail) -> Mailbox:
    """Return where bounces go; raises UnsafeHeader if neither the app nor the mail says it."""
    if message.sender is not None:
        return mailbox(message.sender, "sender")
    found = sender_in(message.content)
    if found is None:
        raise UnsafeHeader("content", "has no From with one address; give a sender")
    name, address = found
    return mailbox(address, name)


def author_domain(content: bytes) -> str:
    """Return the domain that a mail says it is from; empty when it does not say one."""
    found = addresses_in(content, "From")
    return domain_of(found[0]) if len(found) == 1 else ""


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
