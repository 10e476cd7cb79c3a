"""The locale and the zone of those of whom none is known, or none that is good for anything."""

from dataclasses import dataclass
from datetime import UTC, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What COLUMBA_LOCALE and COLUMBA_ZONE say."""

    locale: str = "en"
    zone: tzinfo = UTC
