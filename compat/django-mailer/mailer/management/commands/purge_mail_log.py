"""`manage.py purge_mail_log 7`: remove mails that were settled so many days ago."""

import argparse
from typing import Any, Final

from columba_producer.django import commanding
from columba_producer.django.publishing import producer
from django.core.management.base import BaseCommand

_STATES: Final = {"success": ("sent",), "failure": ("dead",), "all": ()}


class Command(BaseCommand):
    """A purge of the mails alone."""

    help = "Remove old mails from the log. From now on: manage.py columba purge --older-than 7d"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the options of the original."""
        parser.add_argument("days", type=int, help="at least 1")
        parser.add_argument(
            "-r", "--result", choices=_STATES, default="success", help="what became of them (default: success)"
        )

    def handle(self, *, days: int, result: str = "success", **_: Any) -> None:
        """Remove them; raises CommandError with Columba's exit status."""
        which = [word for state in _STATES[result] for word in ("--status", state)]
        kind = producer().configuration.mail_kind
        command = ("purge", "--older-than", f"{days}d", "--kind", kind, *which, "--yes")
        self.stderr.write(f"purge_mail_log: from now on `manage.py columba {' '.join(command)}`")
        commanding.run(*command)
