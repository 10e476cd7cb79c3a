"""What was ever taken over from another system, so that it never is again: the one table that only grows."""

from typing import Final

from sqlalchemy import Column, Table

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import Id

taken_over: Final = Table(
    "columba_taken_over",
    metadata,
    Column("id", Id, primary_key=True, comment="an event's; or what stands for an entry of a list, as it then was"),
    **MYSQL,
)
