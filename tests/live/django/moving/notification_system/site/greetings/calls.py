"""What the app does, in the words of the original's documentation; the test calls these by their names."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

from columba_producer.django.log import address_book, log_url
from columba_producer.django.notifications import notify
from columba_producer.django.people import everybody
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.db.models import ProtectedError
from django.test import Client, override_settings
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
from django_notification_system.targets import target_for
from django_notification_system.utils import check_and_update_retry_attempts, check_for_user_opt_out

User = get_user_model()
_CREATORS = {"email": email, "expo": expo, "twilio": twilio}


def targets() -> list[list[str]]:
    return sorted(list(each) for each in NotificationTarget.objects.values_list("name", "notification_module_name"))


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


def users() -> list[list[str]]:
    """Return whom `@users` would be given, with their addresses."""
    return [[each.name or "", *each.addresses["email"]] for each in everybody()]


def target_with_handler(module: str, folder: str) -> str:
    """Return by which target a channel goes whose handler is in a folder of the project's."""
    with override_settings(NOTIFICATION_SYSTEM_HANDLERS=[folder]):
        return target_for(module)


def problems() -> list[str]:
    """Return what Django finds wrong with the project, and which migrations are missing."""
    out = StringIO()
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", "--check", "--dry-run", stdout=out)
    return out.getvalue().splitlines()


def admin_pages(name: str) -> dict[str, int]:
    """Look at each of the admin's pages as a superuser; save a notification as it is; return what was answered."""
    user = User.objects.filter(username="boss").first() or User.objects.create_superuser("boss")
    client = Client()
    client.force_login(user)
    found = {
        model: client.get(f"/admin/django_notification_system/{model}/?q={name}").status_code
        for model in ("notification", "notificationoptout", "notificationtarget", "targetuserrecord")
    }
    row = Notification.objects.filter(target_user_record__user__username=name)[0]
    page = f"/admin/django_notification_system/notification/{row.pk}/change/"
    found["change"] = client.get(page).status_code
    return found


def cleaned(name: str) -> str:
    """Return what forms find wrong with a user's first notification."""
    row = Notification.objects.filter(target_user_record__user__username=name)[0]
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def opt_out(name: str, *, active: bool, by_update: bool = False) -> None:
    user = User.objects.get(username=name)
    if by_update:
        NotificationOptOut.objects.filter(user=user).update(active=active)
        return
    row, _ = NotificationOptOut.objects.get_or_create(user=user)
    row.active = active
    row.save()


def opt_outs(key: int) -> list[str]:
    """Return what Columba knows that a user does not want."""
    with address_book() as book:
        return [each.refusal.category for each in book.opted_out(str(key))]


def key_of(name: str) -> int:
    return int(User.objects.get(username=name).pk)


def forgive(name: str) -> None:
    NotificationOptOut.objects.get(user__username=name).delete()


def tidy(name: str) -> int:
    """Change and delete what was delivered; return how many events that is to Columba."""
    old = Notification.objects.filter(target_user_record__user__username=name, status="DELIVERED")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM columba_outbox")
        before = int(cursor.fetchone()[0])
        assert old.update(body="") == 1
        old.delete()
        cursor.execute("SELECT count(*) FROM columba_outbox")
        return int(cursor.fetchone()[0]) - before


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


def notifications(name: str) -> list[dict[str, Any]]:
    rows = Notification.objects.filter(target_user_record__user__username=name).order_by("target_user_record__target")
    return [
        {
            "target": row.target_user_record.target.name,
            "to": row.target_user_record.target_user_id,
            "active": row.target_user_record.active,
            "status": row.status,
            "title": row.title,
            "body": row.body,
            "extra": row.extra,
            "attempts": row.retry_attempts,
            "tried": row.attempted_delivery is not None,
            "in_minutes": round((row.scheduled_delivery - timezone.now()).total_seconds() / 60),
        }
        for row in rows
    ]


def records(name: str) -> list[list[Any]]:
    rows = TargetUserRecord.objects.filter(user__username=name).order_by("target_user_id")
    return [list(each) for each in rows.values_list("target_user_id", "active", "description")]


def fail(name: str, *, times: int, **numbers: int) -> list[list[Any]]:
    """Fail so often, as handlers of a project's own tell; return status and attempts after each."""
    left_by_the_original(name)
    row = Notification.objects.filter(target_user_record__user__username=name).latest("created_date")
    for field, value in numbers.items():
        setattr(row, field, value)
    found = []
    for _ in range(times):
        check_and_update_retry_attempts(row)
        found.append([row.status, row.retry_attempts])
    row.delete()
    return found


def refused(name: str) -> list[str]:
    """Do what the models do not let be done; return what is raised."""
    user = User.objects.get(username=name)
    record = TargetUserRecord.objects.get(user=user)
    said = {"target_user_record": record, "title": "Once", "extra": {"a": 1}, "scheduled_delivery": timezone.now()}
    Notification(**said, body="x", status="DELIVERED").save_quietly()
    fresh = TargetUserRecord.objects
    wrong: list[Callable[[], object]] = [
        record.target.delete,
        lambda: TargetUserRecord.objects.create(user=user, target=record.target, target_user_id=record.target_user_id),
        lambda: Notification.objects.create(**said, body="y", status="SCHEDULED"),
        lambda: NotificationTarget.objects.create(name=record.target.name, notification_module_name="x"),
        TargetUserRecord(target=record.target, target_user_id="no address").clean,
        Notification(**said, status="DELIVERED").clean,
        Notification(**said, status="SCHEDULED", attempted_delivery=timezone.now()).clean,
        lambda: check_for_user_opt_out(NotificationOptOut.objects.create(user=user, active=True).user),
        lambda: Notification(**said | {"target_user_record": fresh.get(user=user)}, status="SCHEDULED").clean(),
    ]
    found = []
    for each in wrong:
        try:
            each()
        except (IntegrityError, ProtectedError, ValidationError, exceptions.UserIsOptedOut) as error:
            found.append(type(error).__name__)
    return found


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
