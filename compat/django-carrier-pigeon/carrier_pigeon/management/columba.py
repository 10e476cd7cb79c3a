"""Columba's commands, as the old ones call them."""

from typing import Final

from columba_producer.django import commanding, producer
from django.conf import settings

_DAY_SECONDS: Final = 24 * 60 * 60
_MONTH_SECONDS: Final = 30 * _DAY_SECONDS


def deliver() -> None:
    """Bring all files there are to bring now; raises CommandError with Columba's exit status."""
    if producer().configuration.settings.embedded:
        commanding.run("up", "--once")
    else:
        commanding.run("relay", "--once")
        commanding.run("work", "files", "--once")


def age(*, least_seconds: int = 1) -> str:
    """Return CARRIER_PIGEON_MAX_AGE as Columba's commands read it."""
    seconds = int(getattr(settings, "CARRIER_PIGEON_MAX_AGE", _MONTH_SECONDS))
    return f"{max(seconds, least_seconds)}s"
