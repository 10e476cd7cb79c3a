"""`manage.py kill_pigeons`: cancel all that waits."""

from typing import Any

from columba_producer.django.about.passing import cancel_waiting
from columba_shared.about_mail import KINDS
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """The panic button."""

    help = f"Cancel all that waits. From now on: manage.py columba cancel --all-pending --kind '{KINDS}.*'"

    def handle(self, **_: Any) -> None:
        """Cancel; raises CommandError with Columba's exit status."""
        self.stderr.write(f"kill_pigeons: from now on `manage.py columba cancel --all-pending --kind '{KINDS}.*'`")
        cancel_waiting()
