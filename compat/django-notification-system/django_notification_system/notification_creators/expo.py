"""Expo: a push message for each of a user's addresses."""

# ruff: noqa: PLR0917, FBT001, FBT002 - the original's signature

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django_notification_system.creating import Wanted, create
from django_notification_system.deprecated import tell
from django_notification_system.exceptions import NotificationSystemError


def create_notification(
    user: Any,
    title: str,
    body: str,
    scheduled_delivery: datetime | None = None,
    retry_time_interval: int = 60,
    max_retries: int = 3,
    quiet: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Make them, to be delivered from ``scheduled_delivery`` on, by default now; intervals are minutes.

    Raises UserIsOptedOut, UserHasNoTargetRecords and NotificationsNotCreated, unless it is to be quiet.
    """
    tell("expo.create_notification", "columba_producer.django.notifications.notify(…, target='push')")
    wanted = Wanted(
        title=title,
        body=lambda: body,
        scheduled_delivery=scheduled_delivery,
        retry_time_interval=retry_time_interval,
        max_retries=max_retries,
        extra=extra,
    )
    try:
        create(user, "Expo", wanted)
    except NotificationSystemError:
        if not quiet:
            raise
