"""Time zones by their names."""

from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_REMEMBERED: Final = 1024


@lru_cache(_REMEMBERED)
def zone_of(text: str | None) -> tzinfo | None:
    """Return the zone of this name, such as ``Europe/Vienna``; None when the system knows none."""
    if text == "UTC":
        return UTC
    # A name that is no zone's may be a folder's, a file's that is something else, or none that a system can look up.
    try:
        return ZoneInfo(text) if text else None
    except (OSError, ValueError, LookupError):
        return None
