"""Keys: which event goes under each, and since when it has been put off."""

from typing import Final

from sqlalchemy import Column, Table

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import Id, Key, Name, UtcDateTime

key: Final = Table(
    "columba_key",
    metadata,
    Column("target", Name, primary_key=True),
    Column("kind", Name, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("event_id", Id, comment="the newest event under it"),
    Column("first_at", UtcDateTime(), nullable=False, comment="when the first of those was published that it replaced"),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    **MYSQL,
)
