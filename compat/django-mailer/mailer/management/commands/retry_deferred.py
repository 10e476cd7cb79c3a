"""`manage.py retry_deferred`: let go what was queued as deferred."""

from typing import Any

from columba_producer.django.deferred import let_go
from django.core.management.base import BaseCommand

from mailer.management.cron import CronArgMixin


class Command(CronArgMixin, BaseCommand):
    """What failed, Columba tries again without being told."""

    help = "Let go what was queued as deferred. From now on: manage.py columba approve"

    def handle(self, *, cron: int = 0, **_: Any) -> None:
        """Approve it; raises CommandError with Columba's exit status."""
        self.stderr.write("retry_deferred: from now on `manage.py columba approve --kind django.mail`")
        self.warn_of("retry_deferred", cron=cron)
        self.stdout.write(f"{let_go()} message(s) retried")
