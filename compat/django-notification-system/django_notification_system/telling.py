"""What Columba is told of the rows: notifications in the same transaction, all else once that is committed."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from columba_producer.django.log import address_book
from columba_producer.user import User
from columba_shared.errors import InvalidEvent
from columba_shared.notice import CATEGORY
from django.db import transaction
from django.db.models.signals import post_delete
from django.utils import timezone

from django_notification_system.handing_over import hand_over, is_being_delivered, take_back
from django_notification_system.models import Notification, NotificationOptOut, NotificationTarget, TargetUserRecord
from django_notification_system.signals import changed
from django_notification_system.targets import target_for

_logger: Final = logging.getLogger("columba")
_WHY: Final = "a NotificationOptOut"


def listen() -> None:
    """Begin; repeating it changes nothing."""
    for signal, model, receiver in (
        (changed, Notification, _notification_changed),
        (post_delete, Notification, _notification_deleted),
        (changed, TargetUserRecord, _record_changed),
        (post_delete, TargetUserRecord, _record_deleted),
        (changed, NotificationOptOut, _opt_out_changed),
        (post_delete, NotificationOptOut, _opt_out_deleted),
    ):
        signal.connect(receiver, sender=model, dispatch_uid=f"columba.{receiver.__name__}")


def _notification_changed(*, instance: Notification, **_: Any) -> None:
    if is_being_delivered(instance):
        return
    if instance.status in Notification.WAITING:
        hand_over_or_fail(instance)
    elif instance.event_id is not None:
        take_back(instance)


def hand_over_or_fail(notification: Notification, *, first: bool = False, at_once: bool = False) -> str | None:
    """Hand it over; what can be no address has failed, as it would have when it was sent. Returns why.

    Raises InvalidEvent for what is wrong with the project, such as a target that COLUMBA_TARGETS does not name.
    """
    try:
        hand_over(notification, first=first, at_once=at_once)
    except InvalidEvent as error:
        if not error.field.startswith("to"):
            raise
        _logger.warning("notification %s: %s", notification.pk, error)
        notification.status, notification.attempted_delivery = Notification.DELIVERY_FAILURE, timezone.now()
        Notification.objects.filter(pk=notification.pk).update_quietly(
            status=notification.status, attempted_delivery=notification.attempted_delivery
        )
        return str(error)
    return None


def _notification_deleted(*, instance: Notification, **_: Any) -> None:
    if instance.event_id is not None and instance.status in Notification.WAITING:
        take_back(instance)


def _record_changed(*, instance: TargetUserRecord, **_: Any) -> None:
    before, now = instance.loaded_as, (instance.user_id, instance.target_id, instance.target_user_id)
    if before is not None and before != now:
        user, target, address = before
        module = NotificationTarget.objects.get(pk=target).notification_module_name
        _soon(partial(_leave, str(user), target_for(module), address))
    _soon(partial(_enter, *_known(instance), active=instance.active))
    instance.loaded_as = now


def _record_deleted(*, instance: TargetUserRecord, **_: Any) -> None:
    _soon(partial(_leave, *_known(instance)))


def _opt_out_changed(*, instance: NotificationOptOut, **_: Any) -> None:
    _soon(partial(_wish, str(instance.user_id), out=instance.active))


def _opt_out_deleted(*, instance: NotificationOptOut, origin: Any, **_: Any) -> None:
    """Opt the user in, unless it goes because the user does: then nobody has changed their mind."""
    if getattr(origin, "model", type(origin)) is NotificationOptOut:
        _soon(partial(_wish, str(instance.user_id), out=False))


def _soon(act: Callable[[], None]) -> None:
    """Do it once it is true. While the log is away, Django logs that; `create_email_target_user_records` mends it."""

    def told() -> None:  # by its name Django's log speaks of it
        try:
            act()
        except ValueError as error:  # of an address that is none: what is sent to it fails as it is saved
            _logger.warning("Columba's address book: %s", error)

    transaction.on_commit(told, robust=True)


def _known(record: TargetUserRecord) -> tuple[str, str, str]:
    return str(record.user_id), target_for(record.target.notification_module_name), record.target_user_id


def _enter(user: str, target: str, address: str, *, active: bool) -> None:
    with address_book() as book:
        book.add(User(user, addresses={target: [address]}))
        if active:
            book.activate(user, target=target, address=address)
        else:
            book.deactivate(user, target=target, address=address, reason="a TargetUserRecord")


def _leave(user: str, target: str, address: str) -> None:
    with address_book() as book:
        book.remove(user, target=target, address=address)


def _wish(user: str, *, out: bool) -> None:
    with address_book() as book:
        if out:
            book.opt_out(user, category=CATEGORY, why=_WHY)
        else:
            book.opt_in(user, category=CATEGORY, why=_WHY)
