"""What an app's module needs: marks for its renderers and audiences, and the messages they make."""

from columba_shared.event import Recipient
from columba_shared.user import User

from columba_consumers.app import (
    after_delivery,
    audience,
    before_delivery,
    error_policy,
    loader,
    renderer,
    still_relevant,
    users,
)
from columba_consumers.attachment import Attachment
from columba_consumers.email_message import EmailMessage
from columba_consumers.hooks import DeliveryOutcome, Veto
from columba_consumers.invite import Invite
from columba_consumers.named_templates import email_from
from columba_consumers.raw_email import RawEmail

__all__ = [
    "Attachment",
    "DeliveryOutcome",
    "EmailMessage",
    "Invite",
    "RawEmail",
    "Recipient",
    "User",
    "Veto",
    "after_delivery",
    "audience",
    "before_delivery",
    "email_from",
    "error_policy",
    "loader",
    "renderer",
    "still_relevant",
    "users",
]
