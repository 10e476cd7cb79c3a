"""Where blobs are: their names say whether that is the log's database, or the folder or bucket of the settings."""

from typing import TYPE_CHECKING, Final

from columba_shared.blobs.errors import BlobsAway
from columba_shared.blobs.opening import weekly_store
from columba_shared.blobs.store import BlobStore
from columba_shared.settings import Settings

if TYPE_CHECKING:
    from columba_shared.blobs.weeks import WeeklyStore
    from sqlalchemy import Engine

WEEKLY: Final = "/"
"""What stands in a name behind the week."""


class BlobStores:
    """Opens a store when first asked for something in it; may be asked by many threads at once."""

    def __init__(self, settings: Settings, *, engine: "Engine | None" = None) -> None:
        """Prepare to read from the stores of these settings; the log's ``engine`` is lent, where it is open already."""
        self._settings = settings
        self._engine = engine
        self._database: BlobStore | None = None
        self._weekly: WeeklyStore | None = None

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing, and BlobsAway when nobody knows."""
        if WEEKLY in blob:
            return self._weekly_store().get(blob)
        if self._database is None:
            self._database = self._open_database()
        return self._database.get(blob)

    def has(self, blob: str) -> bool:
        """Say whether a folder or a bucket has it; raises BlobsAway."""
        return self._weekly_store().has(blob)

    def close(self) -> None:
        """Close what was opened here."""
        if self._weekly is not None:
            self._weekly.close()
        if self._database is not None and self._engine is None:
            self._database.close()

    def _weekly_store(self) -> "WeeklyStore":
        if self._settings.blobs is None:
            raise BlobsAway("it lies in a folder or a bucket, and COLUMBA_BLOBS does not say here in which")
        if self._weekly is None:
            self._weekly = weekly_store(self._settings.blobs)
        return self._weekly

    def _open_database(self) -> BlobStore:
        from columba_shared.log.blob_store import DatabaseBlobs  # noqa: PLC0415 - most commands never need it

        return DatabaseBlobs(self._settings.database_url if self._engine is None else self._engine)
