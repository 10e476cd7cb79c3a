"""The blob store that needs nothing more: the log's database."""

from functools import partial

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from columba_shared.blobs.errors import BlobsAway
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import Use
from columba_shared.forking import forgets_when_forked
from columba_shared.log import blobs
from columba_shared.log.engine import connect, reading
from columba_shared.log.forked import leave_to_parent
from columba_shared.log.tables import blob_use
from columba_shared.log.transacting import transact


class DatabaseBlobs:
    """Keeps blobs in transactions of its own. May be shared by threads and forked processes."""

    def __init__(self, database: str | Engine) -> None:
        """Prepare; nothing is opened yet. Raises InvalidSetting and MissingExtra for a URL that cannot be one."""
        self._engine = connect(database, setting="blobs") if isinstance(database, str) else database
        self._there = False
        forgets_when_forked(self)

    def put(self, content: Measured, use: Use) -> str:
        """Return the digest once the content and whose it is are committed; raises BlobsAway."""
        try:
            self._require_tables()
            return transact(self._engine, partial(blobs.put, content=content, use=use))
        except SQLAlchemyError as error:
            raise self._away(error) from error

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing, and BlobsAway when nobody knows."""
        try:
            with reading(self._engine) as connection:
                return blobs.get(connection, blob)
        except SQLAlchemyError as error:
            raise self._away(error) from error

    def close(self) -> None:
        """Close the idle connections."""
        self._engine.dispose()

    def forget(self) -> None:
        """In a forked child: connect anew."""
        leave_to_parent(self._engine)

    def __str__(self) -> str:
        """Return the URL as people may see it."""
        return self._engine.url.render_as_string(hide_password=True)

    def is_there(self) -> bool:
        """Say whether the database has the tables for it; raises BlobsAway."""
        try:
            return self._has_tables()
        except SQLAlchemyError as error:
            raise self._away(error) from error

    def _has_tables(self) -> bool:
        self._there = self._there or inspect(self._engine).has_table(blob_use.name)
        return self._there

    def _require_tables(self) -> None:
        if not self._has_tables():
            raise BlobsAway(
                f"the database {self} has no tables for large attachments: run `columba migrate` for it or, "
                "if it is not the log's, name the log's as blobs= or in COLUMBA_DATABASE_URL"
            )

    def _away(self, error: SQLAlchemyError) -> BlobsAway:
        original = getattr(error, "orig", None) or error
        return BlobsAway(f"the blob store at {self}: {' '.join(str(original).split()) or type(original).__name__}")


class BlobsWithin:
    """Keeps blobs in somebody else's transaction, whose errors are theirs: rolling back leaves none."""

    def __init__(self, connection: Connection) -> None:
        """Write on this connection."""
        self._connection = connection

    def put(self, content: Measured, use: Use) -> str:
        """Return the digest; it is kept once the transaction is committed."""
        return blobs.put(self._connection, content, use)

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing."""
        return blobs.get(self._connection, blob)

    def close(self) -> None:
        """Leave the connection to its owner."""
