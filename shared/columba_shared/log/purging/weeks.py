"""Purging a folder or a bucket: weeks that are long over, of which the log knows who has what."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import Engine

from columba_shared.blobs.weeks import WeeklyStore, is_over
from columba_shared.log import blob_uses
from columba_shared.log.engine import reading
from columba_shared.log.purging.wanted import LONGER

CHUNK = 500


def edge(before: datetime, now: datetime) -> datetime:
    """Return by when a week must have ended, where what was untouched before a moment is to go.

    Never later than what may still lie in a queue that stood still for long: of that, the log knows nothing yet.
    """
    return min(before, now - LONGER)


def purge_weeks(engine: Engine, store: WeeklyStore, before: datetime, *, remove: bool) -> Iterator[int]:
    """Remove what nobody has of the weeks that had ended by then; yield how much that is, chunk by chunk.

    Without ``remove`` it is only counted. Raises BlobsAway.
    """
    for week in store.weeks():
        if not is_over(week, before):
            continue
        found = store.blobs_of(week)
        while chunk := list(islice(found, CHUNK)):
            with reading(engine) as connection:
                gone = blob_uses.unused(connection, chunk)
            if remove:
                store.remove(gone)
            yield len(gone)
        if remove:
            store.leave(week)
