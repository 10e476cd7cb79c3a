"""A handler of the project's own, as the original's documentation has it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_notification_system.utils import check_and_update_retry_attempts


def send_notification(notification: Any) -> str:  # noqa: ANN401 - as in a project without types
    """Let a pigeon fly; some get lost."""
    if notification.body == "crash":
        raise RuntimeError("the loft is on fire")
    if notification.body == "dazed":  # as in the documentation, which counts no attempt
        notification.status = notification.RETRY
        notification.scheduled_delivery = timezone.now() + timedelta(minutes=30)
        notification.save()
        return "Your bird got lost, but we'll give it another try later."
    if notification.body == "lost":
        check_and_update_retry_attempts(notification, 5)
        return "Your bird got lost"
    notification.status = notification.DELIVERED
    notification.attempted_delivery = timezone.now()
    notification.save()
    return f"Cooed to {notification.target_user_record.target_user_id}"
