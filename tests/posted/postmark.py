"""Postmark's events and how they show their password."""

import base64
import json
from typing import Any, Final

SECRET: Final = "9b1d4c7a2e5f8036b9d1c4a7e2f50836"  # noqa: S105 - a test's

Event = dict[str, Any]


def bounced(to: str, delivery: str, *, kind: str = "HardBounce", details: str = "smtp;550 5.1.1 no such user") -> Event:
    """Say that it bounced, in one of Postmark's ways; metadata comes back as texts."""
    return {
        "RecordType": "Bounce",
        "MessageStream": "outbound",
        "ID": 4_323_372_036_854_775_807,
        "Type": kind,
        "TypeCode": 1,
        "Name": "Hard bounce",
        "Tag": "",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "ServerID": 23,
        "Metadata": {"columba": delivery},
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": details,
        "Email": to,
        "From": "news@example.com",
        "BouncedAt": "2026-02-05T16:33:54.9070259Z",
        "DumpAvailable": True,
        "Inactive": True,
        "CanActivate": True,
        "Subject": "x",
    }


def complained(to: str, delivery: str) -> Event:
    """Say that somebody pressed the button."""
    made = bounced(to, delivery, kind="SpamComplaint", details="abuse report of a mailbox provider")
    return made | {"RecordType": "SpamComplaint", "TypeCode": 512, "Name": "Spam complaint"}


def other(kind: str, to: str, delivery: str) -> Event:
    """Say something that is no bounce."""
    return {"RecordType": kind, "MessageID": "883953f4-6105", "Recipient": to, "Metadata": {"columba": delivery}}


def posted(event: Event, *, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """Return the body of the request, and its headers."""
    login = base64.b64encode(f"columba:{secret}".encode()).decode()
    return json.dumps(event).encode(), {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
