"""What is posted where neither a renderer nor a template says it: the event, as Standard Webhooks advises."""

from typing import Any

from columba_shared.event import Event, Recipient

from columba_consumers.digest_event import DigestEvent
from columba_consumers.webhook_message import WebhookMessage


def plain_event(event: Event, recipient: Recipient) -> WebhookMessage:
    """Return the event's kind as type, when it happened as timestamp, and what it tells this recipient as data."""
    data: dict[str, Any] = {**event.context, **(recipient.context or {})}
    if isinstance(event, DigestEvent):
        data["events"] = [
            {"id": str(each.id), "timestamp": each.created_at.isoformat(), "data": each.context}
            for each in event.events
        ]
    body = {"type": event.kind, "id": str(event.id), "timestamp": event.created_at.isoformat(), "data": data}
    return WebhookMessage(body=body)
