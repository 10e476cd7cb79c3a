"""What writing a mail costs: by Columba's hand, signed or not, and by the standard library's two ways."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage as LibraryMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email.addresses import mailbox
from columba_consumers.targets.email.dkim.signers import Signers
from columba_consumers.targets.email.mime.build import build
from columba_shared.settings.signing_key import SigningKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.bare.cost import Cost, Stopwatch, apart
from benchmarks.bare.text import rendered
from benchmarks.workload import SENDER, address

_WHEN: Final = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
_DATE: Final = "Sat, 21 Nov 2026 10:00:00 +0000"
_ID: Final = "<0123456789abcdef@example.com>"

Write = Callable[[str, str, str, str], bytes]
"""Makes bytes of an address, a subject, a text and an HTML."""


def mime_costs(mails: int) -> tuple[Cost, ...]:
    """Measure each way alone, with the bench's own text and HTML."""
    ways: tuple[tuple[str, Write], ...] = (
        ("Columba", _by_hand),
        ("the library's MIMEMultipart", _by_mime_multipart),
        ("the library's EmailMessage", _by_email_message),
    )
    written = tuple(apart(_measure, part, write, mails) for part, write in ways)
    return (*written, apart(_sign, "a DKIM signature, Ed25519", mails), apart(_sign, "a DKIM signature, RSA", mails))


def _measure(part: str, write: Write, mails: int) -> Cost:
    subject, text, html = rendered(0)
    watch = Stopwatch(mails)
    with watch.running():
        for number in range(mails):
            write(address(number), subject, text, html)
    return watch.cost(part)


def _sign(part: str, mails: int) -> Cost:
    """Measure the signature alone, over such a mail."""
    private = generate_private_key(65537, 2048) if part.endswith("RSA") else Ed25519PrivateKey.generate()
    with NamedTemporaryFile() as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        signers = Signers([SigningKey(domain="example.com", selector="bench", file=Path(file.name))])
    mail = _by_hand(address(0), *rendered(0))
    watch = Stopwatch(mails)
    with watch.running():
        for _ in range(mails):
            signers.signed(mail, "example.com", at=_WHEN)
    return watch.cost(part)


def _by_hand(to: str, subject: str, text: str, html: str) -> bytes:
    return build(
        EmailMessage(subject=subject, text=text, html=html),
        sender=mailbox(SENDER, "From"),
        recipient=mailbox(to, "To"),
        message_id=_ID,
        date=_WHEN,
    )


def _by_mime_multipart(to: str, subject: str, text: str, html: str) -> bytes:
    mail = MIMEMultipart("alternative")
    _head(mail, to, subject)
    mail.attach(MIMEText(text, "plain", "utf-8"))
    mail.attach(MIMEText(html, "html", "utf-8"))
    return mail.as_bytes(policy=SMTP)


def _by_email_message(to: str, subject: str, text: str, html: str) -> bytes:
    mail = LibraryMessage(policy=SMTP)
    _head(mail, to, subject)
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def _head(mail: LibraryMessage | MIMEMultipart, to: str, subject: str) -> None:
    mail["From"], mail["To"], mail["Subject"], mail["Date"], mail["Message-ID"] = SENDER, to, subject, _DATE, _ID
