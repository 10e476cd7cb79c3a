"""`manage.py columba up`, `manage.py columba explain …`: Columba's commands with the project's settings."""

import argparse
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import Any, Final

from columba_shared.errors import InvalidSetting, InvalidSettings
from django.core.management.base import BaseCommand, CommandError

from columba_producer.django.configuration import Configuration

_BAD_USAGE: Final = 2
_PACKAGE: Final = "columba_consumers"
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
    if find_spec(_PACKAGE) is None:
        raise CommandError("Columba's commands are not installed here: pip install columba-consumers")
    from columba_producer.django.environment import environment  # noqa: PLC0415 - needs what only the commands bring

    try:
        environ = environment(Configuration.from_settings(), os.environ)
    except (InvalidSetting, InvalidSettings) as error:
        raise CommandError(str(error), returncode=_BAD_USAGE) from error
    return [sys.executable, "-m", _PACKAGE, *_for_columba(arguments)], {**environ, "PYTHONPATH": _path(environ)}


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


def _path(environ: dict[str, str]) -> str:
    """Return where else Python looks for modules: where the project was found, from wherever it is called."""
    found = [os.path.abspath(each) for each in sys.path[:2]]  # noqa: PTH100 - an empty one is the folder we are in
    return os.pathsep.join([*found, *filter(None, [environ.get("PYTHONPATH")])])
