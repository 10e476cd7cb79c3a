"""Whether Django runs the project's tests: then nothing that they tell leaves the process."""

from django.core import mail


def is_under_test() -> bool:
    """Say whether Django keeps the project's mails in memory."""
    return hasattr(mail, "outbox")
