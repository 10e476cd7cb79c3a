"""Moments as a project has them, which with USE_TZ off are without a time zone, and as Columba has them."""

from datetime import datetime
from typing import Any

from columba_shared.clock import utc_now
from django.conf import settings
from django.utils import timezone


def aware(moment: Any) -> datetime:  # noqa: ANN401 - Django brings no types
    """Return the moment with its time zone: without any, it is in the project's."""
    made: datetime = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    return made


def still_to_come(moment: datetime) -> datetime | None:
    """Return the moment, with its time zone, for `enqueue`'s ``at``; None: it is past, and due at once."""
    made = aware(moment)
    return made if made > utc_now() else None


def as_kept(moment: datetime | None) -> datetime | None:
    """Return a moment of Columba's as the project's models keep it."""
    if moment is None or settings.USE_TZ:
        return moment
    kept: datetime = timezone.make_naive(moment)
    return kept
