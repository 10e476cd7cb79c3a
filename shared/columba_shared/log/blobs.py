"""Blobs in the log's database, in pieces that any server takes; the caller owns the transaction."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select

from columba_shared.blobs.errors import BlobMissing
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import Use
from columba_shared.log import blob_uses
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.tables import blob, blob_piece, blob_use

MOST_BYTES: Final = 64 * 1024 * 1024
"""How much content one transaction of a purge deletes."""


def put(connection: Connection, content: Measured, use: Use) -> str:
    """Keep the content unless it is kept, and note whose it is; return its digest.

    The use is written first: whoever removes blobs locks them and then looks who has them, so that either the removal
    sees the use, or this sees that the content has gone, and writes it anew.
    """
    blob_uses.note(connection, content.sha256, use)
    while not _begun(connection, content, use):
        if _holds(connection, content.sha256):  # else it has been removed since
            break
    return content.sha256


def get(connection: Connection, digest: str) -> bytes:
    """Return the content; raises BlobMissing."""
    pieces = select(blob_piece.c.content).where(blob_piece.c.digest == digest).order_by(blob_piece.c.number)
    found = b"".join(connection.scalars(pieces))
    if not found:
        raise BlobMissing(f"the log's database has no content {digest[:12]}…")
    return found


def stored(connection: Connection, digests: Sequence[str]) -> list[str]:
    """Return those of these that are there."""
    first = select(blob_piece.c.digest).where(blob_piece.c.digest.in_(digests), blob_piece.c.number == 0)
    return list(connection.scalars(first)) if digests else []


def candidates(connection: Connection, *, after: str, limit: int) -> tuple[list[str], str | None]:
    """Return blobs that nobody seems to have, as many as go at once, and behind which the next are; None: the end."""
    query = select(blob.c.digest, blob.c.size).where(blob.c.digest > after, is_unused()).order_by(blob.c.digest)
    rows = connection.execute(query.limit(limit)).all()
    fitting: list[str] = []
    size = 0
    for row in rows:
        size += row.size
        if fitting and size > MOST_BYTES:
            return fitting, fitting[-1]
        fitting.append(row.digest)
    return fitting, fitting[-1] if len(rows) == limit else None


def remove_unused(connection: Connection, digests: Sequence[str]) -> int:
    """Delete those of these blobs that nobody has; return how many. What somebody is just about to use stays."""
    if not digests:
        return 0
    locked = select(blob.c.digest).where(blob.c.digest.in_(digests)).order_by(blob.c.digest)
    held = list(connection.scalars(locked.with_for_update(skip_locked=True)))
    gone = blob_uses.unused(connection, held) if held else []
    if gone:
        connection.execute(delete(blob_piece).where(blob_piece.c.digest.in_(gone)))
        connection.execute(delete(blob).where(blob.c.digest.in_(gone)))
    return len(gone)


def take_from(connection: Connection, event_id: UUID, target: str) -> int:
    """Take from an event on a target what it has; return how many blobs nobody has any more, and are deleted."""
    return remove_unused(connection, blob_uses.drop(connection, event_id, target))


def is_unused() -> ColumnElement[bool]:
    """Say of a blob whether nobody has it."""
    return ~select(blob_use.c.event_id).where(blob_use.c.blob == blob.c.digest).exists()


def _holds(connection: Connection, digest: str) -> bool:
    """Say whether the blob is there, and keep it from being removed until the transaction ends."""
    return connection.scalar(_shared(select(blob.c.digest).where(blob.c.digest == digest))) is not None


def _begun(connection: Connection, content: Measured, use: Use) -> bool:
    """Write the content unless it is there, once whoever else is writing it has committed; say whether it was missing.

    Nothing is looked for first: under MariaDB's usual isolation, looking for what is missing keeps others from writing
    it, who have looked as well and keep us from it.
    """
    values = {"digest": content.sha256, "size": content.size, "stored_at": use.at}
    if connection.dialect.name in {"mysql", "mariadb"}:
        statement = insert(blob).prefix_with("IGNORE")  # tells a new row from one that was there
    else:
        statement = insert_or_ignore(connection.dialect.name, blob)
    if not connection.execute(statement, values, execution_options={"preserve_rowcount": True}).rowcount:
        return False
    for number, piece in enumerate(content.pieces()):
        piece_values = {"digest": content.sha256, "number": number, "content": piece}
        connection.execute(insert(blob_piece).values(piece_values))
    return True


def _shared(query: Select[Any]) -> Select[Any]:
    return query.with_for_update(read=True, key_share=True)
