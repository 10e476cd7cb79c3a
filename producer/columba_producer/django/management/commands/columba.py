"""`manage.py columba up`, `manage.py columba explain …`: Columba's commands with the project's settings."""

import argparse
import re
import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from columba_producer.django import commanding

_OF_DJANGO: Final = re.compile(r"--(?:settings|pythonpath)(=.*)?", re.DOTALL)
"""Options that any command of a project takes; Django has looked at them already."""


class Command(BaseCommand):
    """Leaves all that stands behind it to Columba, its options too, but for those of all of Django's commands."""

    help = "Run Columba with the project's settings: `manage.py columba --help` tells its commands."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take whatever comes."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        """Become Columba: signals, the terminal and the exit status are its own."""
        try:
            commanding.become(*_for_columba(argv[2:]))
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def handle(self, *, arguments: list[str], **_: Any) -> None:  # noqa: ANN401 - options of Django's
        """Run it to its end, for code that calls commands; raises CommandError with its exit status."""
        commanding.run(*_for_columba(arguments))


def _for_columba(arguments: list[str]) -> list[str]:
    """Return the arguments without Django's; behind a `--` all are Columba's."""
    kept: list[str] = []
    rest = iter(arguments)
    for each in rest:
        if each == "--":
            return [*kept, *rest]
        option = _OF_DJANGO.fullmatch(each)
        if option is None:
            kept.append(each)
        elif option[1] is None:
            next(rest, None)
    return kept
