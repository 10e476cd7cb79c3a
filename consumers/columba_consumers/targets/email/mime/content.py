"""The tree that a mail's content is: alternatives, with images beside them, with files behind them."""

from columba_shared.attachment import Attachment

from columba_consumers.email_message import EmailMessage
from columba_consumers.invite import Invite
from columba_consumers.targets.email.mime.attached import attached_part
from columba_consumers.targets.email.mime.body import encode
from columba_consumers.targets.email.mime.part import Part, multipart, text_part


def content(message: EmailMessage, *, seed: str) -> Part:
    """Return the whole of it, in as few branches as there can be; raises UnsafeMessage."""
    parts: list[Part] = []
    if message.text is not None:
        parts.append(text_part("plain", message.text))
    if message.html is not None:
        parts.append(text_part("html", message.html))
    if message.attachments or message.invite is not None:
        return _with_files(message, parts, seed)
    return parts[0] if len(parts) == 1 else multipart("alternative", tuple(parts), seed=seed)


def _with_files(message: EmailMessage, parts: list[Part], seed: str) -> Part:
    """Put images beside all alternatives, and the calendar in both places where inboxes look for it."""
    if message.invite is not None:
        parts.append(_calendar(message.invite))
    shown = parts[0] if len(parts) == 1 else multipart("alternative", tuple(parts), seed=seed)
    inline = [attached_part(each) for each in message.attachments if each.cid is not None]
    if inline:
        root = "text/html" if len(parts) == 1 else "multipart/alternative"
        shown = multipart("related", (shown, *inline), seed=seed, parameters=f'; type="{root}"')
    files = [attached_part(each) for each in message.attachments if each.cid is None]
    if message.invite is not None:
        files.append(_calendar_file(message.invite))
    return multipart("mixed", (shown, *files), seed=seed) if files else shown


def _calendar(invite: Invite) -> Part:
    encoding, lines = encode(invite.lines, "invite")
    kind = f"text/calendar; charset=utf-8; method={invite.method}"
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n", lines


def _calendar_file(invite: Invite) -> Part:
    """Return the same as a file, for programs that offer it to a calendar only so."""
    octets = invite.lines.replace("\n", "\r\n").encode()
    return attached_part(Attachment(name=invite.name, content=octets, media_type="application/ics"))
