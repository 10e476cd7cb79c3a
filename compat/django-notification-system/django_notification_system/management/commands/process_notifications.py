"""`process_notifications`: one pass, as cron runs it."""

from typing import Any, Final

from columba_consumers.process.ownership import AlreadyUp, sole_owner
from columba_producer.django import one_pass, producer
from columba_producer.django.log import log_url
from columba_shared.errors import InvalidEvent, InvalidSetting
from django.core.management.base import BaseCommand, CommandError

from django_notification_system.agreeing import tell_opt_outs
from django_notification_system.models import Notification
from django_notification_system.standing import recognise_imported, settled
from django_notification_system.telling import hand_over_or_fail

_FAILED: Final = 1
_STATUSES: Final = {Notification.DELIVERY_FAILURE: _FAILED, Notification.RETRY: 75}
"""What is said of what `columba up` has tried, too."""


class Command(BaseCommand):
    """Exits with 1 when something failed for good, and 75 when it is tried again."""

    help = "Deliver what is due, and write into the notifications what became of it."

    def handle(self, *_: Any, **__: Any) -> None:
        """Tell of opt-outs and hand over what the log does not know, deliver, and read the log."""
        self.stderr.write("process_notifications: with Columba it is `manage.py columba up`, which delivers at once")
        tell_opt_outs()
        recognise_imported()
        statuses = {_FAILED if self._hand_over() else 0, self._deliver()}
        for notification, words in settled():
            user = notification.target_user_record.user.get_username()
            self.stdout.write(f"{user} - {notification.scheduled_delivery} - {notification.status}")
            self.stdout.write(str(notification.title))
            self.stdout.write(words)
            self.stdout.write("*" * 33)
            statuses.add(_STATUSES.get(notification.status, 0))
        if failures := statuses - {0}:
            raise CommandError("not all was delivered", returncode=min(failures))  # for good goes before again

    def _hand_over(self) -> int:
        """Hand over what the original left, or was written past the models; return how many could not be."""
        waiting = Notification.objects.filter(status__in=Notification.WAITING, event_id__isnull=True).exclude(
            target_user_record__user__notification_opt_out__active=True
        )
        failed = 0
        rows = waiting.select_related("target_user_record__target").order_by("scheduled_delivery")
        for notification in rows.iterator():
            record = notification.target_user_record
            if not record.active:
                Notification.objects.filter(pk=notification.pk).update_quietly(status=Notification.INACTIVE_DEVICE)
                continue
            try:
                problem = hand_over_or_fail(notification, first=True)
            except InvalidEvent as error:
                problem = f"invalid notification target name {record.target.name}: {error}"
            if problem is not None:
                self.stderr.write(problem)
                failed += 1
        return failed

    def _deliver(self) -> int:
        """Return the exit status of one pass of Columba's."""
        if producer().configuration.settings.embedded and _is_served():
            self.stderr.write("columba up is at work, and delivers: this only tells what has become of it so far")
            return 0
        try:
            one_pass.deliver()
        except CommandError as error:
            return int(error.returncode)
        return 0


def _is_served() -> bool:
    """Say whether `columba up` runs already: there is one for each file."""
    try:
        with sole_owner(log_url()):
            return False
    except AlreadyUp:
        return True
    except InvalidSetting:  # of which `columba up` says more
        return False
