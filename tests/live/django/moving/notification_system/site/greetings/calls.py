"""What the app does, in the words of the original's documentation; the test calls these by their names."""

from datetime import timedelta
from io import StringIO
from typing import Any

from columba_producer.django.log import log_url
from columba_producer.django.notifications import notify
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_notification_system import exceptions
from django_notification_system.models import (
    Notification,
    NotificationOptOut,
    NotificationTarget,
    TargetUserRecord,
)
from django_notification_system.notification_creators import email, expo, twilio
from django_notification_system.notification_handlers.email import send_notification

User = get_user_model()
_CREATORS = {"email": email, "expo": expo, "twilio": twilio}


def add_user(name: str, **records: list[str]) -> None:
    user = User.objects.create(username=name, first_name=name.title(), last_name="Benedict")
    for target, addresses in records.items():
        for address in addresses:
            TargetUserRecord.objects.create(
                user=user,
                target=NotificationTarget.objects.get(notification_module_name=target),
                target_user_id=address,
                description=f"{name}'s {target}",
                active=True,
            )


def add_target(name: str, module: str) -> None:
    NotificationTarget.objects.create(name=name, notification_module_name=module)


def create(channel: str, name: str, *, in_minutes: float | None = None, **said: Any) -> str:  # noqa: ANN401 - what creators take
    """Return which of the original's exceptions the creator raised, or an empty text."""
    user = User.objects.get(username=name)
    if in_minutes is not None:
        said["scheduled_delivery"] = timezone.now().replace(microsecond=0) + timedelta(minutes=in_minutes)
    try:
        assert _CREATORS[channel].create_notification(user=user, **{"title": f"Hello {name}"} | said) is None
    except (exceptions.NotificationSystemError, ValueError) as error:
        return type(error).__name__
    return ""


def create_twice(channel: str, name: str) -> list[str]:
    moment = timezone.now() + timedelta(days=1)
    user = User.objects.get(username=name)
    found = []
    for body in ("first", "second"):
        try:
            _CREATORS[channel].create_notification(user=user, title="Twice", body=body, scheduled_delivery=moment)
        except exceptions.NotificationsNotCreated:
            found.append(body)
    return [*found, *Notification.objects.filter(title="Twice").values_list("body", flat=True)]


def create_rows(name: str, *, body: str = "lorem ipsum", title: str = "", in_minutes: float = 0, **more: Any) -> None:  # noqa: ANN401
    """Make a notification for each of the user's records, as the documentation of the commands does."""
    for record in TargetUserRecord.objects.filter(user__username=name):
        Notification.objects.create(
            target_user_record=record,
            title=title or f"Test notification for {name}",
            body=body,
            status="SCHEDULED",
            scheduled_delivery=timezone.now() + timedelta(minutes=in_minutes),
            **more,
        )


def tell(name: str, *targets: str) -> None:
    """Tell a user by Columba's own function."""
    notify(User.objects.get(username=name), "News", "<p>There is some.</p>", target=targets, extra={"sound": "default"})


def opt_out(name: str, *, active: bool, by_update: bool = False) -> None:
    user = User.objects.get(username=name)
    if by_update:
        NotificationOptOut.objects.filter(user=user).update(active=active)
        return
    row, _ = NotificationOptOut.objects.get_or_create(user=user)
    row.active = active
    row.save()


def forgive(name: str) -> None:
    NotificationOptOut.objects.get(user__username=name).delete()


def deactivate(name: str) -> None:
    TargetUserRecord.objects.filter(user__username=name).update(active=False)


def delete_user(name: str) -> None:
    User.objects.get(username=name).delete()


def move(name: str, minutes: float) -> None:
    Notification.objects.filter(target_user_record__user__username=name).update(
        scheduled_delivery=timezone.now() + timedelta(minutes=minutes)
    )


def send_by_handler(name: str) -> list[str]:
    waiting = Notification.objects.filter(target_user_record__user__username=name, status="SCHEDULED")
    return [send_notification(each) for each in waiting for _ in range(2)]


def left_by_the_original(name: str) -> None:
    """Write a notification as the original does: nobody is told of it."""
    Notification(
        target_user_record=TargetUserRecord.objects.get(user__username=name),
        title=f"Left for {name}",
        body="lorem ipsum",
        status="SCHEDULED",
        scheduled_delivery=timezone.now(),
    ).save_quietly()


def import_own_tables() -> None:
    """Have Columba import what lies in the tables that the project goes on with."""
    call_command("columba", "import", "notification-system", "--from", log_url())


def set_email(name: str, address: str) -> None:
    User.objects.filter(username=name).update(email=address)


def command(name: str) -> dict[str, Any]:
    """Run one of the old commands; return its exit status and what it said."""
    out, err = StringIO(), StringIO()
    status = 0
    try:
        call_command(name, stdout=out, stderr=err)
    except CommandError as error:
        status = error.returncode
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}
