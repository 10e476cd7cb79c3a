"""What creators and handlers of a project's own call."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from django_notification_system.exceptions import UserIsOptedOut
from django_notification_system.models import Notification, NotificationOptOut, TargetUserRecord


def check_for_user_opt_out(user: Any) -> None:
    """Raise UserIsOptedOut for one who is, as the database has it now."""
    if NotificationOptOut.objects.filter(user=user, active=True).exists():
        raise UserIsOptedOut


def user_notification_targets(user: Any, target_name: str) -> Any:
    """Return the user's records in use on a target, by the target's name."""
    return TargetUserRecord.objects.filter(user=user, target__name=target_name, active=True)


def check_and_update_retry_attempts(notification: Notification, minute_interval: float | None = None) -> None:
    """Count a failure: another attempt after the interval, or the end once there were as many as it may have."""
    if notification.status not in Notification.WAITING:
        return
    now = timezone.now()
    notification.retry_attempts += 1
    notification.attempted_delivery = now
    if notification.retry_attempts >= notification.max_retries:
        notification.status = Notification.DELIVERY_FAILURE
    else:
        pause = notification.retry_time_interval if minute_interval is None else minute_interval
        notification.status = Notification.RETRY
        notification.scheduled_delivery = now + timedelta(minutes=pause)
    notification.save()
