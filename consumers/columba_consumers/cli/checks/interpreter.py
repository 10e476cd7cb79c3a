"""This Python and its libraries, and whether a forged header gets past us here."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from columba_consumers.cli.checks.finding import Finding, ok, problem

LIBRARIES: Final = ("msgspec", "kombu", "pika", "sqlalchemy", "alembic", "jinja2", "uvloop", "psycopg", "pymysql")
_FORGED: Final = ("=?utf-8?q?hi=0ABcc:_evil@example.org?=", "hi\r\nBcc: evil@example.org", "hi\nBcc: evil@example.org")


def check_interpreter() -> Iterator[Finding]:
    """Yield versions, and the result of trying to smuggle a header into a mail."""
    found = [f"{name} {_version(name)}" for name in LIBRARIES if _version(name)]
    yield ok("python", f"{sys.version.split()[0]}; columba {_version('columba-consumers')}; {', '.join(found)}")
    passed = [subject for subject in _FORGED if not _refused(subject)]
    if passed:
        text = f"a forged header gets into mail here: {passed[0]!r}"
        yield problem("headers", text, fix="send nothing from here; report this with the Python version")
    else:
        yield ok("headers", f"{len(_FORGED)} forged subjects were refused by this Python")


def _refused(subject: str) -> bool:
    """Try to build the mail; if that works, look for the header in the final bytes as a reader would."""
    from email import policy
    from email.parser import BytesParser

    from columba_consumers.email_message import EmailMessage
    from columba_consumers.targets.email.addresses import Mailbox
    from columba_consumers.targets.email.mime.build import build
    from columba_consumers.targets.email.unsafe import UnsafeMessage

    somebody = Mailbox(name="", address="somebody@example.org")
    mail = EmailMessage(subject=subject, text="")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        built = build(mail, sender=somebody, recipient=somebody, message_id="<doctor@example.org>", date=moment)
    except UnsafeMessage:
        return True
    parsed = BytesParser(policy=policy.default).parsebytes(built)
    return "Bcc" not in parsed


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
