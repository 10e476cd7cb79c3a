"""Webhooks: JSON, signed as Standard Webhooks says, posted to whoever an event names."""

from columba_consumers.targets.webhook.target import WebhookTarget

__all__ = ["WebhookTarget"]
