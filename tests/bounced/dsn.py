"""Delivery status notifications, put together from their three parts."""

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The mail that came back: to whom it was, and its Message-ID's left half."""

    to: str = "ann@example.org"
    id: str = "0" * 31 + "1"
    sender: str = "news@example.com"

    @property
    def head(self) -> str:
        """Its headers."""
        return dedent(f"""\
            Return-Path: <{self.sender}>
            From: News <news@example.com>
            To: {self.to}
            Subject: Invoice 42
            Date: Sun, 22 Nov 2026 09:00:00 +0000
            Message-ID: <{self.id}@example.com>
            MIME-Version: 1.0
            Content-Type: text/plain
        """)


def mail(body: str, *, kind: str = "text/plain", **headers: str) -> bytes:
    """Return a mail to whom bounces go."""
    named = {
        "From": "MAILER-DAEMON@mx.example.net",
        "To": "news@example.com",
        "Subject": "Undelivered",
        "Date": "Sun, 22 Nov 2026 09:00:07 +0000",
        "Message-Id": "<20261122090007.4C1@mx.example.net>",
        "MIME-Version": "1.0",
        "Content-Type": kind,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in named.items())
    return f"{head}\n{body}".replace("\n", "\r\n").encode()


def dsn(
    original: Original,
    status: str,
    *,
    told: str = "Your mail could not be delivered.\n",
    status_kind: str = "message/delivery-status",
    returned_kind: str = "message/rfc822",
    boundary: str = "=_report_1",
    **headers: str,
) -> bytes:
    """Return a notification whose middle part is ``status``."""
    returned = original.head + ("" if "headers" in returned_kind else "\nYour invoice.\n")
    parts = [
        ("text/plain; charset=us-ascii", told),
        (status_kind, status),
        (returned_kind, returned),
    ]
    body = "".join(f"--{boundary}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    kind = f'multipart/report; report-type=delivery-status;\n\tboundary="{boundary}"'
    return mail(f"This is a MIME report.\n\n{body}--{boundary}--\n", kind=kind, **headers)
