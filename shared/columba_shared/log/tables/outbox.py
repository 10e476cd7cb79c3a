"""The outbox, which may also live alone, in an app's own database."""

from typing import Final

from sqlalchemy import Column, MetaData, Table

from columba_shared.log.tables.metadata import MYSQL, Serial, metadata
from columba_shared.log.types import Body, Id, Text, UtcDateTime

outbox_metadata: Final = MetaData(naming_convention=metadata.naming_convention)
outbox: Final = Table(
    "columba_outbox",
    outbox_metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("event_id", Id, nullable=False),
    Column("body", Body, nullable=False),
    Column("problem", Text, comment="why the relay set this row aside"),
    Column("written_at", UtcDateTime(), nullable=False),
    **MYSQL,
)
