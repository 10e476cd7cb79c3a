"""What the app does once more with what was delivered, before its row says so."""

from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

from columba_consumers.errors import Throttled
from columba_producer.django.commanding import run
from columba_producer.django.log import address_book
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.db import Error, connection, transaction
from django.utils import timezone
from django_notification_system.agreeing import tell_opt_outs
from django_notification_system.models import Notification, NotificationOptOut, TargetUserRecord
from django_notification_system.notification_handlers.email import send_notification
from django_notification_system.wanted import require_wanted

from greetings.calls import opt_out

User = get_user_model()


def deliver() -> None:
    """Deliver what is due; nobody writes into the rows."""
    run("up", "--once")


def try_to_deliver() -> None:
    """Deliver what is due, whatever becomes of it."""
    with suppress(CommandError):
        deliver()


def send_once_more(name: str) -> list[str]:
    return [send_notification(each) for each in _of(name)]


def save_once_more(name: str) -> None:
    for each in _of(name):
        each.body = "said again"
        each.save()


def update_once_more(name: str) -> None:
    _of(name).update(status="SCHEDULED")


def opt_out_and_in(name: str) -> None:
    for each in (True, False):
        opt_out(name, active=each)


def create_with_conflict(name: str) -> None:
    """Create in bulk what is there already, and something new."""
    (there,) = _of(name)
    said = {
        "target_user_record": there.target_user_record,
        "status": "SCHEDULED",
        "extra": there.extra,
        "scheduled_delivery": there.scheduled_delivery,
    }
    rows = [Notification(**said, title=each, body=each) for each in (there.title, "Something new")]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def opt_out_in_bulk(*names: str) -> None:
    """Opt users out by the two ways that call no `save`."""
    first, *others = User.objects.filter(username__in=names)
    NotificationOptOut.objects.create(user=first, active=False)
    NotificationOptOut.objects.filter(user=first).update(active=True)
    NotificationOptOut.objects.bulk_create([NotificationOptOut(user=each, active=True) for each in others])


def opt_out_unheard(name: str) -> None:
    """Opt a user out as a save does while the log is away: the table has it, and nobody else."""
    NotificationOptOut(user=User.objects.get(username=name), active=True).save_quietly()


def opt_out_unheard_again(name: str) -> None:
    """Opt a user out once more, in the same way."""
    NotificationOptOut.objects.filter(user__username=name).update_quietly(active=True)


def take_out_of_use_unheard(name: str) -> None:
    """Take a user's addresses out of use, in the same way."""
    TargetUserRecord.objects.filter(user__username=name).update_quietly(active=False)


def put_off_unheard(name: str, minutes: float) -> None:
    """Have the rows say that they are due at another time, whatever became of them."""
    _of(name).update_quietly(scheduled_delivery=timezone.now() + timedelta(minutes=minutes))


def opt_in_unheard(name: str, question: int) -> None:
    """Opt a user in as the log is told of opt-outs, before their own row is asked about for the nth time."""
    user, asked = User.objects.get(username=name), count(1)

    def opt_in(execute: Any, sql: str, parameters: Any, *more: Any) -> Any:  # noqa: ANN401 - as Django calls it
        ours = sql.startswith("SELECT") and '_opt_out"."user_id" = ' in sql and user.pk in parameters
        if ours and next(asked) == question:
            NotificationOptOut.objects.filter(user=user).update_quietly(active=False)
        return execute(sql, parameters, *more)

    with connection.execute_wrapper(opt_in):
        tell_opt_outs()


def ask_without_table(name: str) -> str:
    """Return what is raised when a user's opt-outs cannot be read."""
    key = str(User.objects.get(username=name).pk)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notification_system_opt_out RENAME TO somewhere_else")
        try:
            require_wanted(key, "email", f"{name}@example.org")
        except (Throttled, Error) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            transaction.set_rollback(True)
    return ""


def move_out(name: str, address: str) -> list[str]:
    """Change a user's address by `update`; return which the book has in use."""
    TargetUserRecord.objects.filter(user__username=name).update(target_user_id=address)
    with address_book() as book:
        found = book.entries(user=str(User.objects.get(username=name).pk), target="email")
        return [each.address for each in found if each.active]


def _of(name: str) -> Any:  # noqa: ANN401 - a QuerySet
    return Notification.objects.filter(target_user_record__user__username=name)
