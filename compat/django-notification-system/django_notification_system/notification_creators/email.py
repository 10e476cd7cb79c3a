"""Email: a mail for each of a user's addresses."""

# ruff: noqa: PLR0917, FBT001, FBT002 - the original's signature

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.template.loader import get_template

from django_notification_system.creating import Wanted, create
from django_notification_system.deprecated import tell
from django_notification_system.exceptions import NotificationSystemError


def create_notification(
    user: Any,
    title: str,
    body: str | None = None,
    scheduled_delivery: datetime | None = None,
    retry_time_interval: int = 1440,
    max_retries: int = 3,
    quiet: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Make them, to be delivered from ``scheduled_delivery`` on, by default now; intervals are minutes.

    Without a body, ``extra["template_name"]`` is the template that makes it, now, with ``extra`` as its context.
    Raises UserIsOptedOut, UserHasNoTargetRecords and NotificationsNotCreated, unless it is to be quiet; and in any
    case ValueError where somebody is to be told, and there is neither body nor template.
    """
    tell("email.create_notification", "columba_producer.django.notifications.notify(…, target='email')")
    wanted = Wanted(
        title=title,
        body=lambda: body or _from_template(extra or {}),
        scheduled_delivery=scheduled_delivery,
        retry_time_interval=retry_time_interval,
        max_retries=max_retries,
        extra=extra,
    )
    try:
        create(user, "Email", wanted)
    except NotificationSystemError:
        if not quiet:
            raise


def _from_template(extra: Mapping[str, Any]) -> str:
    if "template_name" not in extra:
        raise ValueError("body: is missing; give one, or the name of its template as extra['template_name']")
    return str(get_template(extra["template_name"]).render(dict(extra)))
