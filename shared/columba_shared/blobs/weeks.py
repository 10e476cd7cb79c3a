"""Blobs in a folder or a bucket, kept by the week in which they were put there.

Nothing there can lock a blob while somebody looks whether anybody has it. So what is put goes into its own week alone,
and what is removed is of weeks that are long over: the two never meet. The same content is kept once a week.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import BlobStore, Use

WEEK = timedelta(days=7)


class WeeklyStore(BlobStore, Protocol):
    """A blob store whose weeks can be gone through."""

    def has(self, blob: str) -> bool:
        """Say whether it is there; raises BlobsAway."""

    def weeks(self) -> list[str]:
        """Return the weeks of which there is something; raises BlobsAway."""

    def blobs_of(self, week: str) -> Iterator[str]:
        """Yield the names of all that was put there in a week; raises BlobsAway."""

    def remove(self, blobs: list[str]) -> None:
        """Remove these blobs, as far as they are there; raises BlobsAway."""

    def leave(self, week: str) -> None:
        """Remove what else there may be of a week that is over, such as what was never finished; raises BlobsAway."""


def name_of(content: Measured, use: Use) -> str:
    """Return as what this is kept: its week, by the date of its Monday in UTC, and its hash."""
    day = use.at.astimezone(UTC).date()
    return f"{day - timedelta(days=day.weekday())}/{content.sha256}"


def is_over(week: str, before: datetime) -> bool:
    """Say whether a week had ended by then; what is no week never has."""
    try:
        monday = date.fromisoformat(week)
    except ValueError:
        return False
    return monday + WEEK <= before.astimezone(UTC).date()
