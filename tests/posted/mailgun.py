"""Mailgun's events and how they are signed."""

import hmac
import json
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

KEY: Final = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

Event = dict[str, Any]


def _event(name: str, to: str, message_id: str, **more: object) -> Event:
    return {
        "id": "Kz3vW0q1SxmG8yH5bTnRaA",
        "event": name,
        "timestamp": 1_770_918_175.59,
        "log-level": "error",
        "recipient": to,
        "recipient-domain": to.partition("@")[2],
        "envelope": {"sender": "news@example.com", "targets": to, "transport": "smtp", "sending-ip": "192.0.2.7"},
        "flags": {"is-authenticated": True, "is-routed": False, "is-system-test": False, "is-test-mode": False},
        "message": {
            "headers": {"message-id": message_id, "from": "News <news@example.com>", "to": to, "subject": "x"},
            "attachments": [],
            "size": 811,
        },
        "tags": [],
        "user-variables": {},
        **more,
    }


def failed(to: str, message_id: str, *, code: int = 550, enhanced: str = "5.1.1", said: str = "no such user") -> Event:
    """Say that the mailbox's server refused it for good."""
    status = {
        "attempt-no": 1,
        "code": code,
        "enhanced-code": enhanced,
        "message": f"{enhanced} {said}".strip(),
        "description": None,
        "bounce-type": "hard",
        "mx-host": "mx.example.org",
        "session-seconds": 0.2,
        "tls": True,
    }
    return _event("failed", to, message_id, severity="permanent", reason="bounce", **{"delivery-status": status})


def delayed(to: str, message_id: str) -> Event:
    """Say that it is tried again."""
    status = {"attempt-no": 1, "code": 452, "message": "4.2.2 over quota", "retry-seconds": 600}
    return _event("failed", to, message_id, severity="temporary", reason="generic", **{"delivery-status": status})


def too_old(to: str, message_id: str) -> Event:
    """Say that it was tried for eight hours."""
    status = {"attempt-no": 7, "code": 452, "message": "4.2.2 over quota", "description": "Too old"}
    return _event("failed", to, message_id, severity="permanent", reason="old", **{"delivery-status": status})


def suppressed(to: str, message_id: str, *, why: str = "bounce", code: int = 605) -> Event:
    """Say that Mailgun did not even try."""
    status = {"attempt-no": 1, "code": code, "message": "", "description": "Not delivering to previously bounced"}
    reason = f"suppress-{why}"
    return _event("failed", to, message_id, severity="permanent", reason=reason, **{"delivery-status": status})


def complained(to: str, message_id: str) -> Event:
    """Say that somebody pressed the button."""
    return _event("complained", to, message_id)


def rejected(to: str, message_id: str) -> Event:
    """Say that Mailgun did not take the mail; this one names its recipient in a header alone."""
    event = _event("rejected", to, message_id, reject={"reason": "Sandbox subdomains", "description": ""})
    return {name: value for name, value in event.items() if name != "recipient"}


def other(name: str, to: str, message_id: str) -> Event:
    """Say something that is no bounce."""
    return _event(name, to, message_id, **{"delivery-status": {"code": 250, "message": "OK"}})


def posted(event: Event, at: datetime, *, key: str = KEY, token: str = "t" * 50) -> bytes:
    """Return the body of the request."""
    told = str(int(at.timestamp()))
    signature = hmac.new(key.encode(), f"{told}{token}".encode(), sha256).hexdigest()
    signed = {"timestamp": told, "token": token, "signature": signature}
    return json.dumps({"signature": signed, "event-data": event}).encode()
