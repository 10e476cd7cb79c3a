"""Calls functions of the app, and its commands, for a test, in one process: names and arguments come as JSON."""

import contextlib
import io
import json
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection


def main(calls: list[list[Any]]) -> None:
    """Print what they returned, and of an error its name and words."""
    warnings.simplefilter("ignore", DeprecationWarning)
    django.setup()
    letters = import_module("newsletter.letters")
    beside: dict[str, Callable[..., object]] = {"manage": _manage, "set": _set, "sent": _sent}
    found: list[object] = []
    for name, *arguments in calls:
        try:
            found.append((beside.get(name) or getattr(letters, name))(*arguments))
        except Exception as error:  # noqa: BLE001 - the test asks which
            found.append(f"{type(error).__name__}: {error}")
    print(f"\n{json.dumps(found)}")  # noqa: T201 - a program


def _manage(*arguments: str) -> tuple[int, str]:
    """Return the exit status that `manage.py` would have, and what the command itself says."""
    out = io.StringIO()
    with contextlib.redirect_stderr(out):
        try:
            call_command(*arguments, stdout=out, stderr=out)
        except CommandError as error:
            return error.returncode, out.getvalue()
    return 0, out.getvalue()


def _set(name: str, value: object) -> None:
    setattr(settings, name, value)


def _sent() -> int:
    """Return how many the log calls sent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM columba_delivery WHERE state = 'sent'")
        return int(cursor.fetchone()[0])


main(json.loads(sys.argv[1]))
