"""`manage.py deploy_pigeons`: deliver what is due, in one pass."""

import argparse
from typing import Any

from columba_producer.django.about.passing import deliver_once
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """One pass of Columba."""

    help = "Deliver what is due. From now on: manage.py columba up --once (with RabbitMQ: columba work --once)"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the options of the original, and force, which only its functions had."""
        parser.add_argument("-d", "--dry-run", action="store_true", help="render what waits, and send nothing")
        parser.add_argument("-f", "--force", action="store_true", help="deliver what is not due yet as well")

    def handle(self, *, dry_run: bool, force: bool, **_: Any) -> None:
        """Deliver; raises CommandError with Columba's exit status."""
        self.stderr.write("deploy_pigeons: from now on `manage.py columba up --once`")
        deliver_once(force=force, dry_run=dry_run)
