"""What an email consists of: a subject, and text or HTML or both."""

from typing import Final

from columba_consumers.email_message import EmailMessage
from columba_consumers.raw_email import RawEmail
from columba_consumers.rendering.parts import MessageParts, Part

EMAIL_PARTS: Final = MessageParts(
    target="email",
    message=EmailMessage,
    parts=(
        Part(field="subject", file="email.subject.txt", required=True, single_line=True),
        Part(field="text", file="email.txt"),
        Part(field="html", file="email.html"),
    ),
    one_of=("text", "html"),
    also=(RawEmail,),
)
