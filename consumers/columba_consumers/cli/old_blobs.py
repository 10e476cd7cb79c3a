"""Old blobs in a folder or a bucket, for `columba purge`."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from columba_shared.settings import Settings
    from sqlalchemy import Engine


def purge_blobs(settings: "Settings", engine: "Engine", *, before: datetime, now: datetime, remove: bool) -> int:
    """Remove what nobody has any more, or only count it, where blobs are not in the log's database; return how many.

    Raises BlobsAway.
    """
    from columba_shared.blobs.opening import weekly_store
    from columba_shared.log.purging.weeks import edge, purge_weeks

    if settings.blobs is None:
        return 0
    store = weekly_store(settings.blobs)
    try:
        return sum(purge_weeks(engine, store, edge(before, now), remove=remove))
    finally:
        store.close()
