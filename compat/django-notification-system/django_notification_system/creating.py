"""What the three creators share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from django_notification_system.exceptions import NotificationsNotCreated, UserHasNoTargetRecords
from django_notification_system.models import Notification
from django_notification_system.utils import check_for_user_opt_out, user_notification_targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a creator was asked for."""

    title: str
    body: Callable[[], str]
    scheduled_delivery: datetime | None
    retry_time_interval: int
    max_retries: int
    extra: Mapping[str, Any] | None


def create(user: Any, target_name: str, wanted: Wanted) -> None:
    """Make a notification for each address of the user's in use; what is there already is left as it is.

    Raises UserIsOptedOut, UserHasNoTargetRecords and NotificationsNotCreated; nobody asks for the body before.
    """
    check_for_user_opt_out(user=user)
    records = list(user_notification_targets(user=user, target_name=target_name))
    if not records:
        raise UserHasNoTargetRecords
    scheduled = wanted.scheduled_delivery or timezone.now()
    body = wanted.body()
    made = [_made(record, wanted, scheduled, body) for record in records]
    if not any(made):
        raise NotificationsNotCreated


def _made(record: Any, wanted: Wanted, scheduled: datetime, body: str) -> bool:
    """Say whether it is new."""
    same = {"target_user_record": record, "title": wanted.title, "scheduled_delivery": scheduled}
    extra = dict(wanted.extra or {})
    if any(each.extra == extra for each in Notification.objects.filter(**same)):
        return False
    Notification.objects.create(
        **same,
        extra=extra,
        body=body,
        status=Notification.SCHEDULED,
        retry_time_interval=wanted.retry_time_interval,
        max_retries=wanted.max_retries,
    )
    return True
