"""Email: messages become MIME, and go to an SMTP server or into a Maildir."""

from columba_consumers.targets.email.settings import EmailSettings, email_settings
from columba_consumers.targets.email.target import EmailTarget

__all__ = ["EmailSettings", "EmailTarget", "email_settings"]
