"""SendGrid's events and how they are signed."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY: Final = generate_private_key(SECP256R1())
SIGNATURE: Final = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP: Final = "X-Twilio-Email-Event-Webhook-Timestamp"

Event = dict[str, Any]


def public(key: EllipticCurvePrivateKey = KEY) -> str:
    """Return the verification key as SendGrid shows it."""
    octets = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(octets).decode()


def event(name: str, to: str, **more: object) -> Event:
    """Return an event; ``smtp_id`` is written as SendGrid does."""
    made = {
        "email": to,
        "timestamp": 1_771_000_000,
        "event": name,
        "category": ["invoices"],
        "sg_event_id": f"ZGVsaXZlcnk-{name}",
        "sg_message_id": "kTq8s0V3R4uO1y.recvd-5c7d9b8f6-x2v4n-1-65A1B2C3-7.0",
        **more,
    }
    return {key.replace("_id", "-id") if key == "smtp_id" else key: value for key, value in made.items()}


def bounced(to: str, smtp_id: str, *, status: str = "5.1.1", said: str = "550 5.1.1 no such user") -> Event:
    """Say that the mailbox's server refused it for good."""
    more = {"status": status, "reason": said, "type": "bounce", "tls": 1, "ip": "192.0.2.7"}
    return event("bounce", to, smtp_id=smtp_id, bounce_classification="Invalid Address", **more)


def blocked(to: str, smtp_id: str) -> Event:
    """Say that it was refused this time."""
    more = {"status": "5.1.1", "reason": "550 5.1.1 try again next year", "type": "blocked", "ip": "192.0.2.7"}
    return event("bounce", to, smtp_id=smtp_id, bounce_classification="Unclassified", **more)


def deferred(to: str, smtp_id: str) -> Event:
    """Say that it is tried again."""
    return event("deferred", to, smtp_id=smtp_id, response="450 4.2.1 mailbox busy", attempt="3", ip="192.0.2.7")


def dropped(to: str, smtp_id: str, reason: str = "Bounced Address") -> Event:
    """Say that SendGrid did not even try."""
    return event("dropped", to, smtp_id=smtp_id, reason=reason, status="5.0.0")


def complained(to: str, *, columba: str) -> Event:
    """Say that somebody pressed the button; our own argument comes back beside SendGrid's fields."""
    return event("spamreport", to, columba=columba)


def posted(
    events: Sequence[Event], at: datetime, *, key: EllipticCurvePrivateKey = KEY
) -> tuple[bytes, dict[str, str]]:
    """Return the body of the request, and the headers that sign it."""
    body = json.dumps(events).encode() + b"\r\n"
    told = str(int(at.timestamp()))
    signature = key.sign(told.encode() + body, ECDSA(SHA256()))
    return body, {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: told}
