"""What a test looks at in the project, and tries that the models refuse."""

from collections.abc import Callable
from io import StringIO
from typing import Any

from columba_producer.django.log import address_book
from columba_producer.django.people import everybody
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management import call_command
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
from django_notification_system.targets import target_for
from django_notification_system.utils import check_and_update_retry_attempts, check_for_user_opt_out

from greetings.calls import left_by_the_original

User = get_user_model()


def targets() -> list[list[str]]:
    return sorted(list(each) for each in NotificationTarget.objects.values_list("name", "notification_module_name"))


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


def opt_outs(key: int) -> list[str]:
    """Return what Columba knows that a user does not want."""
    with address_book() as book:
        return [each.refusal.category for each in book.opted_out(str(key))]


def key_of(name: str) -> int:
    return int(User.objects.get(username=name).pk)


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
        TargetUserRecord(user=user, target_user_id="no target", description="x").full_clean,
        Notification(title="No record", body="x", status="SCHEDULED", scheduled_delivery=timezone.now()).full_clean,
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
