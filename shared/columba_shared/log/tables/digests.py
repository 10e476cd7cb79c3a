"""Digests that may be open: what is published now joins them.

One stays here, though it has gone, where nothing closed it: embedded, until the next of its name is opened.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import Id, Key, Name, UtcDateTime

digest: Final = Table(
    "columba_digest",
    metadata,
    Column("id", Id, primary_key=True, comment="derived from whom it tells what: one digest of that is open at a time"),
    Column("target", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("key", Key, nullable=False, comment="what narrows it; empty: nothing does"),
    Column("event_id", Id, comment="the digest's own event; none: it is just being opened"),
    Column("delivery_id", Id, comment="which goes once it is due"),
    Column("opened_at", UtcDateTime(), nullable=False, comment="when the first event was published that it tells"),
    Column("due_at", UtcDateTime(), nullable=False, comment="nothing joins it that was published later"),
    Column("events", Integer, nullable=False, comment="how many have joined it"),
    Column("size", Integer, nullable=False, comment="of their bodies, in octets"),
    Column("updated_at", UtcDateTime(), nullable=False),
    **MYSQL,
)
Index("ix_columba_digest_key", digest.c.target, digest.c.kind, digest.c.key)
Index("ix_columba_digest_delivery_id", digest.c.delivery_id)
