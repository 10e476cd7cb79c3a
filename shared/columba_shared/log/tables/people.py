"""What is known of people: their addresses, what they do not want, who must not be written to, who is forgotten."""

from typing import Final

from sqlalchemy import Boolean, Column, Index, String, Table, true

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import Address, Name, Text, UtcDateTime, Word

address: Final = Table(
    "columba_address",
    metadata,
    Column("user_id", Name, primary_key=True),
    Column("target", Name, primary_key=True),
    Column("address", Address, primary_key=True),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("synced", Boolean, nullable=False, comment="came from the app's users, and goes with them"),
    Column("name", Text),
    Column("locale", Name),
    Column("zone", Name),
    Column("reason", Text, comment="why it is not active"),
    Column("updated_at", UtcDateTime(), nullable=False),
    **MYSQL,
)
Index("ix_columba_address_address", address.c.address)
Index("ix_columba_address_target", address.c.target, address.c.user_id)

optout: Final = Table(
    "columba_optout",
    metadata,
    Column("user_id", Name, primary_key=True),
    Column("category", Name, primary_key=True, comment="empty: everything"),
    Column("target", Name, primary_key=True, comment="empty: on every target"),
    Column("who", Name, nullable=False),
    Column("why", Text),
    Column("at", UtcDateTime(), nullable=False),
    **MYSQL,
)

suppression: Final = Table(
    "columba_suppression",
    metadata,
    Column(
        "address",
        Address,
        primary_key=True,
        comment="in one spelling; @domain for all of a domain, @*.domain for all below it",
    ),
    Column("target", Name, primary_key=True, comment="empty: on every target"),
    Column("category", Name, primary_key=True, comment="empty: everything"),
    Column("source", Word, nullable=False, comment="who found out"),
    Column("who", Name, nullable=False),
    Column("why", Text),
    Column("at", UtcDateTime(), nullable=False),
    Column("until", UtcDateTime(), comment="in force until then; none: until it is lifted"),
    **MYSQL,
)
Index("ix_columba_suppression_source", suppression.c.source, suppression.c.at)

tombstone: Final = Table(
    "columba_tombstone",
    metadata,
    Column("hash", String(64), primary_key=True, comment="of an address, under the control row's secret"),
    Column("at", UtcDateTime(), nullable=False, comment="stops what was asked for until then"),
    **MYSQL,
)
