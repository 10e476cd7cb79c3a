"""The wall clock, in UTC; a parameter wherever time matters."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return now, aware and in UTC."""
    return datetime.now(UTC)
