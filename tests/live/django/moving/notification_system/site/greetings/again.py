"""What the app does once more with what was delivered, before its row says so."""

from columba_producer.django.commanding import run
from django_notification_system.models import Notification
from django_notification_system.notification_handlers.email import send_notification

from greetings.calls import opt_out


def deliver() -> None:
    """Deliver what is due; nobody writes into the rows."""
    run("up", "--once")


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


def _of(name: str):  # noqa: ANN202 - a QuerySet
    return Notification.objects.filter(target_user_record__user__username=name)
