"""From a row to an event: what is to be said, to whom, when, and how often it is tried."""

from datetime import timedelta
from uuid import UUID

from columba_producer import Recipient
from columba_producer.django import withdraw
from columba_producer.django.notifications import notify
from columba_shared.notice import CATEGORY, MOST_ATTEMPTS, channel_kind
from columba_shared.underway import UNDERWAY
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from django_notification_system.models import Notification
from django_notification_system.targets import target_for


def key_of(notification: Notification) -> str:
    """Return under which key a notification waits: handed over again, it moves and says the new thing."""
    return f"{CATEGORY}:{notification.pk}"


def hand_over(notification: Notification, *, at_once: bool = False, first: bool = False) -> UUID:
    """Publish it, with what is committed, and note which event it is; returns its id.

    ``first`` says of one that may be on its way already, unknown to its row, that it is the same event then.
    Raises InvalidEvent for what cannot be published.
    """
    record, module = notification.target_user_record, _module(notification)
    if at_once:
        notification.scheduled_delivery = timezone.now()
    due = notification.scheduled_delivery
    if timezone.is_naive(due):
        due = timezone.make_aware(due)
    with transaction.atomic():
        event_id = notify(
            Recipient(address=record.target_user_id, user=str(record.user_id)),
            notification.title,
            notification.body,
            target=target_for(module),
            kind=channel_kind(module),
            extra=notification.extra,
            sender=_sender() if module == "email" else None,
            attempts=min(max(notification.max_retries - notification.retry_attempts, 1), MOST_ATTEMPTS),
            retry_after=timedelta(minutes=notification.retry_time_interval),
            key=key_of(notification),
            at=due if due > timezone.now() else None,
            idempotency_key=key_of(notification) if first else None,
        )
        Notification.objects.filter(pk=notification.pk).update_quietly(
            event_id=event_id, scheduled_delivery=notification.scheduled_delivery
        )
    notification.event_id = event_id
    return event_id


def take_back(notification: Notification) -> None:
    """Withdraw what still waits of it."""
    module = _module(notification)
    withdraw(channel_kind(module), key=key_of(notification), target=target_for(module))


def is_being_delivered(notification: Notification) -> bool:
    """Say whether this is called by a handler that a consumer has asked to deliver this very one."""
    event = UNDERWAY.get()
    return event is not None and event.key == key_of(notification)


def _module(notification: Notification) -> str:
    return str(notification.target_user_record.target.notification_module_name)


def _sender() -> str | None:
    """Return whom mails are from; without any, the settings of Columba say it."""
    given = getattr(settings, "NOTIFICATION_SYSTEM_TARGETS", {}).get("email", {})
    return given.get("from_email") or None
