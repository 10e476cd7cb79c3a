"""`manage.py pigeon_push`: bring all files there are to bring, in one pass."""

from typing import Any

from columba_producer.django import one_pass
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """One pass of Columba."""

    help = (
        "Push what is queued. From now on: manage.py columba up --once (with RabbitMQ: relay, and work files, --once)"
    )

    def handle(self, **_: Any) -> None:
        """Push; raises CommandError with Columba's exit status."""
        self.stderr.write("pigeon_push: from now on `manage.py columba up --once`")
        one_pass.deliver("files")
