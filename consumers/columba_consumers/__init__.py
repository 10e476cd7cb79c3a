"""What an app's module needs: marks for its renderers and audiences, and the messages they make."""

from columba_shared.attachment import Attachment
from columba_shared.event import Recipient
from columba_shared.user import User

from columba_consumers.app import (
    after_delivery,
    after_expansion,
    audience,
    before_delivery,
    error_policy,
    loader,
    renderer,
    still_relevant,
    target,
    users,
)
from columba_consumers.chat_message import ChatMessage
from columba_consumers.digest_event import DigestEvent, ToldEvent
from columba_consumers.email_message import EmailMessage
from columba_consumers.file_message import File, FileMessage
from columba_consumers.hooks import DeliveryOutcome, ExpansionOutcome, Veto
from columba_consumers.invite import Invite
from columba_consumers.named_templates import email_from
from columba_consumers.push_message import PushMessage
from columba_consumers.raw_email import RawEmail
from columba_consumers.sms_message import SmsMessage
from columba_consumers.webhook_message import WebhookMessage

__all__ = [
    "Attachment",
    "ChatMessage",
    "DeliveryOutcome",
    "DigestEvent",
    "EmailMessage",
    "ExpansionOutcome",
    "File",
    "FileMessage",
    "Invite",
    "PushMessage",
    "RawEmail",
    "Recipient",
    "SmsMessage",
    "ToldEvent",
    "User",
    "Veto",
    "WebhookMessage",
    "after_delivery",
    "after_expansion",
    "audience",
    "before_delivery",
    "email_from",
    "error_policy",
    "loader",
    "renderer",
    "still_relevant",
    "target",
    "users",
]
