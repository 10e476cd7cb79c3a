"""`manage.py columba up`, `manage.py columba explain …`: Columba's commands with the project's settings."""

import argparse
import os
import subprocess
import sys
from typing import Any, Final

from columba_shared.errors import ColumbaError
from django.core.management.base import BaseCommand, CommandError

from columba_producer.django.program import NotInstalled, prepared

_BAD_USAGE: Final = 2


class Command(BaseCommand):
    """Leaves all that stands behind it to Columba, its options too."""

    help = "Run Columba with the project's settings: `manage.py columba --help` tells its commands."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take whatever comes."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        """Become Columba: signals, the terminal and the exit status are its own."""
        try:
            command, environ = _command(argv[2:])
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(error.returncode)
        os.execve(command[0], command, environ)  # noqa: S606 - no shell is what is wanted

    def handle(self, *, arguments: list[str], **_: Any) -> None:  # noqa: ANN401 - options of Django's
        """Run it to its end, for code that calls commands; raises CommandError with its exit status."""
        command, environ = _command(arguments)
        done = subprocess.run(command, check=False, env=environ)  # noqa: S603 - the caller's own words
        if done.returncode:
            raise CommandError(f"columba ended with status {done.returncode}", returncode=done.returncode)


def _command(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    try:
        return prepared(arguments)
    except ColumbaError as error:
        raise CommandError(str(error), returncode=1 if isinstance(error, NotInstalled) else _BAD_USAGE) from error
