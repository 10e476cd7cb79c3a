"""What an email consists of: a subject, and text or HTML or both."""

from typing import Final

import msgspec
from columba_shared.attachment import Attachment
from columba_shared.event import FinishedMail

from columba_consumers.email_message import EmailMessage
from columba_consumers.raw_email import RawEmail
from columba_consumers.rendering.html.plain import plain
from columba_consumers.rendering.html.styles import has_styles, inlined
from columba_consumers.rendering.parts import MessageParts, Part


def is_finished(mail: EmailMessage | RawEmail) -> bool:
    """Say whether a mail has a text, and no style sheet that many inboxes would not read."""
    if isinstance(mail, RawEmail) or mail.html is None:
        return True
    return mail.text is not None and not has_styles(mail.html)


def finish(mail: EmailMessage | RawEmail) -> EmailMessage | RawEmail:
    """Return the mail with its styles in the elements, and with a text made of the HTML if it has none."""
    if isinstance(mail, RawEmail) or mail.html is None:
        return mail
    text = plain(mail.html) if mail.text is None else mail.text
    html = inlined(mail.html) if has_styles(mail.html) else mail.html
    return msgspec.structs.replace(mail, text=text, html=html)


def attach(mail: EmailMessage | RawEmail, files: tuple[Attachment, ...]) -> EmailMessage | RawEmail:
    """Return the mail with these files behind its own; one that the app has finished stays as it is.

    Where there is no HTML, an image that was meant for it is a file like any other.
    """
    if isinstance(mail, RawEmail):
        return mail
    if mail.html is None:
        files = tuple(msgspec.structs.replace(each, cid=None) for each in files)
    return msgspec.structs.replace(mail, attachments=(*mail.attachments, *files))


def as_it_is(finished: FinishedMail, content: bytes) -> RawEmail:
    """Return the mail that an event brings."""
    return RawEmail(content=content, sender=finished.sender, account=finished.account)


EMAIL_PARTS: Final = MessageParts(
    target="email",
    message=EmailMessage,
    parts=(
        Part(field="subject", file="email.subject.txt", required=True, single_line=True),
        Part(field="text", file="email.txt"),
        Part(field="html", file="email.html", source="email.mjml"),
    ),
    one_of=("text", "html"),
    also=(RawEmail,),
    is_finished=is_finished,
    finish=finish,
    attach=attach,
    as_it_is=as_it_is,
)
