"""What the relay has published out of the outbox, and the log has not seen yet."""

from typing import Final

from sqlalchemy import Column, Index, SmallInteger, Table

from columba_shared.log.tables.metadata import MYSQL, Serial, metadata
from columba_shared.log.types import Body, Id, Name, UtcDateTime

moved: Final = Table(
    "columba_moved",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("event_id", Id, nullable=False),
    Column("target", Name, nullable=False),
    Column("body", Body, nullable=False),
    Column("times", SmallInteger, nullable=False, comment="how often it was published"),
    Column("moved_at", UtcDateTime(), nullable=False, comment="when that was last"),
    **MYSQL,
)
Index("ix_columba_moved_moved_at", moved.c.moved_at)
