"""Columba's commands with a project's settings, in processes of their own: what they import, the project does not."""

import os
import subprocess
from collections.abc import Mapping
from typing import Final, NoReturn

from columba_shared.errors import ColumbaError
from django.core.management.base import CommandError

from columba_producer.django.program import NotInstalled, prepared

_BAD_USAGE: Final = 2


def become(*arguments: str, more: Mapping[str, str] | None = None) -> NoReturn:
    """Become Columba: signals, the terminal and the exit status are its own. Raises CommandError."""
    command, environ = _prepared(arguments, more)
    os.execve(command[0], command, environ)  # noqa: S606 - no shell is what is wanted


def run(*arguments: str) -> None:
    """Run a command to its end, which says what it does; raises CommandError with its exit status."""
    _checked(arguments, capture=False)


def said(*arguments: str) -> str:
    """Return what a command says; raises CommandError with its exit status."""
    return _checked(arguments, capture=True)


def _checked(arguments: tuple[str, ...], *, capture: bool) -> str:
    command, environ = _prepared(arguments)
    stdout = subprocess.PIPE if capture else None
    done = subprocess.run(command, check=False, env=environ, stdout=stdout)  # noqa: S603 - the caller's own words
    if done.returncode:
        raise CommandError(f"columba ended with status {done.returncode}", returncode=done.returncode)
    return (done.stdout or b"").decode()


def _prepared(arguments: tuple[str, ...], more: Mapping[str, str] | None = None) -> tuple[list[str], dict[str, str]]:
    try:
        command, environ = prepared(arguments)
    except ColumbaError as error:
        raise CommandError(str(error), returncode=1 if isinstance(error, NotInstalled) else _BAD_USAGE) from error
    return command, environ | dict(more or {})
