"""Signatures as Standard Webhooks has them: who posts it, and that it is new."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from columba_shared.settings.webhook_secrets import Secrets


def signed(secrets: Secrets, *, message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """Return the headers that a post has: the same id for every attempt, the moment of this one, and signatures.

    Without a secret there are no signatures; by the id a receiver knows again what it has already all the same.
    """
    timestamp = str(int(at.timestamp()))
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp}
    if secrets:
        content = f"{message_id}.{timestamp}.".encode() + body
        headers["webhook-signature"] = " ".join(f"v1,{_signature(secret, content)}" for secret in secrets)
    return headers


def _signature(secret: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
