"""`manage.py pigeon_clean_queue`: remove what was pushed long ago from the log."""

import argparse
from typing import Any

from columba_producer.django import commanding
from django.core.management.base import BaseCommand

from carrier_pigeon.management.age import age

_DAY_SECONDS = 24 * 60 * 60


class Command(BaseCommand):
    """A purge of the files alone."""

    help = "Remove what was pushed long ago. From now on: manage.py columba purge --older-than 30d --target files"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the option of the original."""
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and change nothing")

    def handle(self, *, dry_run: bool = False, **_: Any) -> None:
        """Remove it; raises CommandError with Columba's exit status."""
        command = ("purge", "--older-than", age(least_seconds=_DAY_SECONDS), "--target", "files", "--status", "sent")
        self.stderr.write(f"pigeon_clean_queue: from now on `manage.py columba {' '.join(command)}`")
        commanding.run(*command, "--dry-run" if dry_run else "--yes")
