"""What an app's module needs: marks for its renderers and audiences, and the messages they make."""

from columba_shared.event import Recipient
from columba_shared.user import User

from columba_consumers.app import audience, error_policy, renderer, still_relevant, users
from columba_consumers.email_message import EmailMessage

__all__ = ["EmailMessage", "Recipient", "User", "audience", "error_policy", "renderer", "still_relevant", "users"]
