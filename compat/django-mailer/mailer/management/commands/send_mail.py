"""`manage.py send_mail`: deliver what is queued, in one pass."""

from typing import Any

from django.core.management.base import BaseCommand

from mailer.engine import send_all
from mailer.management.cron import CronArgMixin


class Command(CronArgMixin, BaseCommand):
    """One pass of Columba."""

    help = "Deliver what is queued. From now on: manage.py columba up --once (with RabbitMQ: relay, and work, --once)"

    def handle(self, *, cron: int = 0, **_: Any) -> None:
        """Deliver; raises CommandError with Columba's exit status."""
        self.stderr.write("send_mail: from now on `manage.py columba up --once`")
        self.warn_of("send_mail", cron=cron)
        send_all()
