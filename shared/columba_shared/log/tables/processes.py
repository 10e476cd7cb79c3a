"""The processes that claim deliveries, and the messages that none of them could read."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, String, Table

from columba_shared.log.tables.metadata import MYSQL, Serial, metadata
from columba_shared.log.types import Id, Name, Text, UtcDateTime

process: Final = Table(
    "columba_process",
    metadata,
    Column("id", Id, primary_key=True),
    Column("role", Name, nullable=False),
    Column("host", Name, nullable=False),
    Column("pid", Integer, nullable=False),
    Column(
        "beat", BigInteger, nullable=False, comment="observers time how long it stays unchanged, on their own clock"
    ),
    Column("started_at", UtcDateTime(), nullable=False),
    Column("beat_at", UtcDateTime(), nullable=False),
    Column("ended_at", UtcDateTime()),
    **MYSQL,
)

malformed: Final = Table(
    "columba_malformed",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("target", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False),
    **MYSQL,
)
