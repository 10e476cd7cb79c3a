"""What came back: that a mail did not reach somebody after all, or was not wanted."""

from typing import Final

from sqlalchemy import Column, Index, Table

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import Address, Domain, Id, Name, Text, UtcDateTime, Word

bounce: Final = Table(
    "columba_bounce",
    metadata,
    Column("delivery_id", Id, primary_key=True),
    Column("finding", Word, primary_key=True, comment="hard, soft, refused, delayed, elsewhere or complaint"),
    Column("target", Name, nullable=False),
    Column("address", Address, nullable=False, comment="the delivery's, in one spelling"),
    Column("domain", Domain, nullable=False),
    Column("effect", Word, nullable=False, comment="what followed: suppressed, counted, noted, held back or dismissed"),
    Column("status", Name, comment="the code that was given (RFC 3463)"),
    Column("said", Text),
    Column("reporter", Domain, comment="who says so, by their own account; none: the server, to us"),
    Column("sent_at", UtcDateTime(), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    **MYSQL,
)
Index("ix_columba_bounce_address", bounce.c.address)
Index("ix_columba_bounce_at", bounce.c.at)
Index("ix_columba_bounce_effect", bounce.c.effect, bounce.c.domain)
