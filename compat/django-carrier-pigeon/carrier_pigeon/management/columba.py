"""Columba's commands, as the old ones call them."""

import json
import subprocess
import sys
from typing import Any, Final

from columba_producer.django import producer
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

_DAY_SECONDS: Final = 24 * 60 * 60
_MONTH_SECONDS: Final = 30 * _DAY_SECONDS


def columba(*arguments: str) -> None:
    """Run a command to its end; raises CommandError with its exit status."""
    call_command("columba", *arguments)


def said(*arguments: str) -> list[dict[str, Any]]:
    """Return the JSON lines that a command says."""
    command = [sys.executable, *_manage(), "columba", *arguments, "--json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own words
    if done.returncode:
        raise CommandError(f"columba {arguments[0]} ended with status {done.returncode}", returncode=done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def deliver() -> None:
    """Bring all files there are to bring now; raises CommandError with Columba's exit status."""
    if producer().configuration.settings.embedded:
        columba("up", "--once")
    else:
        columba("relay", "--once")
        columba("work", "files", "--once")


def age(*, least_seconds: int = 1) -> str:
    """Return CARRIER_PIGEON_MAX_AGE as Columba's commands read it."""
    seconds = int(getattr(settings, "CARRIER_PIGEON_MAX_AGE", _MONTH_SECONDS))
    return f"{max(seconds, least_seconds)}s"


def _manage() -> tuple[str, ...]:
    return ("-m", "django")
