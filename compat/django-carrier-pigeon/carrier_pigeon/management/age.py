"""CARRIER_PIGEON_MAX_AGE, as the commands that clean have it."""

from typing import Final

from django.conf import settings

_DAY_SECONDS: Final = 24 * 60 * 60
_MONTH_SECONDS: Final = 30 * _DAY_SECONDS


def age(*, least_seconds: int = 1) -> str:
    """Return CARRIER_PIGEON_MAX_AGE as Columba's commands read it."""
    seconds = int(getattr(settings, "CARRIER_PIGEON_MAX_AGE", _MONTH_SECONDS))
    return f"{max(seconds, least_seconds)}s"
