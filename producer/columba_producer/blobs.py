"""Which blob store an app reaches, opened when its first large attachment comes."""

from datetime import timedelta
from typing import TYPE_CHECKING

from columba_shared.blobs.measured import Measured
from columba_shared.blobs.opening import is_weekly, weekly_store
from columba_shared.blobs.store import BlobStore, Use
from columba_shared.errors import MissingExtra
from columba_shared.settings import Settings
from columba_shared.settings.setting import Origin

if TYPE_CHECKING:
    from sqlalchemy import Engine


class Blobs:
    """One place for large attachments; None for an app that reaches none.

    The outbox of a producer that spools is one only where its database is a log: nobody named it for this.
    """

    def __init__(
        self,
        place: "str | Engine | None",
        *,
        outbox: "str | Engine | None" = None,
        timeout: timedelta | None = None,
    ) -> None:
        self._place = outbox if place is None else place
        self._is_certain = place is not None
        self._timeout = timeout
        self._store: BlobStore | None = None

    def store(self) -> BlobStore | None:
        """Return the store; None: there is none. Raises BlobsAway when a database does not say whether it is one."""
        if self._place is None:
            return None
        if self._store is None:
            self._store = open_blobs(self._place, timeout=self._timeout)
        return self._store if self._is_certain or self._is_in_log() else None

    def _is_in_log(self) -> bool:
        from columba_shared.log.blob_store import DatabaseBlobs  # noqa: PLC0415 - as below

        self._is_certain = isinstance(self._store, DatabaseBlobs) and self._store.is_there()
        return self._is_certain

    def close(self) -> None:
        """Close what was opened."""
        if self._store is not None:
            self._store.close()


class LateBlobs:
    """A blob store that is opened when it is first used: an app that never does may lack what that needs."""

    def __init__(self, place: str, *, timeout: timedelta | None = None) -> None:
        self._place = place
        self._timeout = timeout
        self._store: BlobStore | None = None

    def put(self, content: Measured, use: Use) -> str:
        """Return as what it is kept; raises BlobsAway, and what opening raises."""
        return self._opened().put(content, use)

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing and BlobsAway, and what opening raises."""
        return self._opened().get(blob)

    def close(self) -> None:
        """Close what was opened."""
        if self._store is not None:
            self._store.close()

    def _opened(self) -> BlobStore:
        if self._store is None:
            self._store = open_blobs(self._place, timeout=self._timeout)
        return self._store


def named_log(settings: Settings) -> str | None:
    """Return the log's database; None where nobody has named it to this producer: the default is none of its."""
    return settings.database_url if settings.sources["database_url"].origin is not Origin.DEFAULT else None


def open_blobs(place: "str | Engine", *, timeout: timedelta | None = None) -> BlobStore:
    """Return the blob store at a place: the log's database, `file:///…` or `s3://…`.

    A bucket that is silent for the timeout is away; None: it is asked thrice, half a minute each time. It may be
    shared by threads and forked processes. Raises InvalidSetting and MissingExtra.
    """
    if isinstance(place, str) and is_weekly(place):
        return weekly_store(place, timeout=timeout)
    try:
        from columba_shared.log.blob_store import DatabaseBlobs  # noqa: PLC0415 - SQLAlchemy is loaded only for this
    except ModuleNotFoundError as error:
        raise MissingExtra(f"blobs in a database need {error.name}: install columba-producer[outbox]") from error
    return DatabaseBlobs(place)
