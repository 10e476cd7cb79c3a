"""Large files in the project's own database, where that is the log's as well: part of the transaction that is open."""

from collections.abc import Sequence
from typing import Final

from columba_shared.blobs.errors import BlobMissing, BlobsAway
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import Use
from django.db import Error, connections

from columba_producer.database_place import DatabasePlace, place_of_url
from columba_producer.django.savepoint import savepoint
from columba_producer.django.tables import id_for, moment_for

_BLOB: Final = "columba_blob"
_PIECE: Final = "columba_blob_piece"
_USE: Final = "columba_blob_use"


class ProjectBlobs:
    """Keeps blobs as the log keeps them, on the connection that Django has for an alias."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._there = False

    def is_there(self) -> bool:
        """Say whether the database has the log's tables for it; raises BlobsAway when it does not say."""
        try:
            self._there = self._there or _USE in connections[self._alias].introspection.table_names()
        except Error as error:
            raise self._away(error) from error
        return self._there

    def are_at(self, url: str) -> bool:
        """Say whether that is the URL of this same database."""
        connection = connections[self._alias]
        given = {name: connection.settings_dict.get(name) or "" for name in ("NAME", "HOST", "PORT")}
        if not given["NAME"]:
            return False
        own = DatabasePlace.of(connection.vendor, host=given["HOST"], port=given["PORT"], name=str(given["NAME"]))
        return place_of_url(url) == own

    def put(self, content: Measured, use: Use) -> str:
        """Return the digest; it is kept once the transaction around this is committed. Raises BlobsAway."""
        try:
            with savepoint(self._alias):
                self._note(content.sha256, use)
                while not self._begun(content, use):
                    if self._holds(content.sha256):  # else it has been removed since
                        break
        except Error as error:
            raise self._away(error) from error
        return content.sha256

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing, and BlobsAway when nobody knows."""
        statement = f"SELECT content FROM {_PIECE} WHERE digest = %s ORDER BY number"  # noqa: S608 - a name of ours
        try:
            with connections[self._alias].cursor() as cursor:
                cursor.execute(statement, [blob])
                found = b"".join(bytes(piece) for (piece,) in cursor.fetchall())
        except Error as error:
            raise self._away(error) from error
        if not found:
            raise BlobMissing(f"the database {self._alias!r} has no content {blob[:12]}…")
        return found

    def close(self) -> None:
        """Leave the connections to Django."""

    def _note(self, blob: str, use: Use) -> None:
        """Note whose it is before it is looked for: whoever removes blobs sees that, or this sees that it is gone."""
        vendor = connections[self._alias].vendor
        for target in sorted(use.targets):
            values = (id_for(vendor, use.event_id), target, blob, moment_for(vendor, use.at))
            self._insert(_USE, ("event_id", "target", "blob", "at"), values, keys=("event_id", "target", "blob"))

    def _begun(self, content: Measured, use: Use) -> bool:
        """Write the content unless it is there; say whether it was missing."""
        connection = connections[self._alias]
        values = (content.sha256, content.size, moment_for(connection.vendor, use.at))
        if not self._insert(_BLOB, ("digest", "size", "stored_at"), values, keys=("digest",)):
            return False
        for number, piece in enumerate(content.pieces()):
            row = (content.sha256, number, connection.Database.Binary(piece))
            self._insert(_PIECE, ("digest", "number", "content"), row)
        return True

    def _holds(self, digest: str) -> bool:
        """Say whether the blob is there, and keep it from being removed until the transaction ends."""
        vendor = connections[self._alias].vendor
        lock = {"postgresql": " FOR KEY SHARE", "mysql": " LOCK IN SHARE MODE"}.get(vendor, "")
        with connections[self._alias].cursor() as cursor:
            cursor.execute(f"SELECT digest FROM {_BLOB} WHERE digest = %s{lock}", [digest])  # noqa: S608 - as above
            return cursor.fetchone() is not None

    def _insert(self, table: str, columns: Sequence[str], values: Sequence[object], *, keys: Sequence[str] = ()) -> int:
        """Write a row, with ``keys`` unless there is one; return how many were written."""
        connection = connections[self._alias]
        quoted = ", ".join(map(connection.ops.quote_name, columns))
        places = ", ".join(["%s"] * len(columns))
        ignore = " IGNORE" if keys and connection.vendor == "mysql" else ""
        leave = f" ON CONFLICT ({', '.join(keys)}) DO NOTHING" if keys and not ignore else ""
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT{ignore} INTO {table} ({quoted}) VALUES ({places}){leave}", values)
            return int(cursor.rowcount)

    def _away(self, error: Error) -> BlobsAway:
        return BlobsAway(f"the blob store in the database {self._alias!r}: {' '.join(str(error).split())}")
