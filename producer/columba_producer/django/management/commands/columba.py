"""`manage.py columba up`, `manage.py columba explain …`: Columba's commands with the project's settings."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from columba_producer.django import commanding


class Command(BaseCommand):
    """Leaves all that stands behind it to Columba, its options too."""

    help = "Run Columba with the project's settings: `manage.py columba --help` tells its commands."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take whatever comes."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        """Become Columba: signals, the terminal and the exit status are its own."""
        try:
            commanding.become(*argv[2:])
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def handle(self, *, arguments: list[str], **_: Any) -> None:  # noqa: ANN401 - options of Django's
        """Run it to its end, for code that calls commands; raises CommandError with its exit status."""
        commanding.run(*arguments)
