"""`manage.py pigeon_clean_export`: remove old files from the outboxes on this machine."""

import argparse
from typing import Any

from columba_producer.django import commanding
from django.core.management.base import BaseCommand

from carrier_pigeon.management.age import age
from carrier_pigeon.places import outboxes_of
from carrier_pigeon.registry import REGISTRY


class Command(BaseCommand):
    """`columba files clean` of the destinations that are copies."""

    help = "Remove old copies. From now on: manage.py columba files clean NAME --older-than 30d"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the option of the original."""
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")

    def handle(self, *, dry_run: bool = False, **_: Any) -> None:
        """Remove them; raises CommandError with Columba's exit status."""
        outboxes = outboxes_of(REGISTRY.values())
        if not outboxes:
            self.stdout.write("There are no copies: CARRIER_PIGEON_OUTPUT_DIRECTORY is not set")
            return
        command = ("files", "clean", *outboxes, "--older-than", age())
        self.stderr.write(f"pigeon_clean_export: from now on `manage.py columba {' '.join(command)}`")
        commanding.run(*command, "--dry-run" if dry_run else "--yes")
