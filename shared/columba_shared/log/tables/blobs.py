"""Content too large to travel with its events, kept once, and whose it is."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import BlobName, Body, Id, Name, Sha256, UtcDateTime

blob: Final = Table(
    "columba_blob",
    metadata,
    Column("digest", Sha256, primary_key=True, comment="the SHA-256 of the content, in hexadecimal digits"),
    Column("size", BigInteger, nullable=False),
    Column("stored_at", UtcDateTime(), nullable=False),
    **MYSQL,
)

blob_piece: Final = Table(
    "columba_blob_piece",
    metadata,
    Column("digest", Sha256, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Body, nullable=False),
    **MYSQL,
)

# Written as a blob is stored, before there is a row of the event: while this is there, the content stays.
blob_use: Final = Table(
    "columba_blob_use",
    metadata,
    Column("event_id", Id, primary_key=True),
    Column("target", Name, primary_key=True),
    Column("blob", BlobName, primary_key=True, comment="a digest; with a week before it, in a folder or a bucket"),
    Column("at", UtcDateTime(), nullable=False),
    **MYSQL,
)
Index("ix_columba_blob_use_blob", blob_use.c.blob)
