"""How fast deliveries may go where, which ways are shut, and how much of what there usually is."""

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, Table

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import Id, Name, Text, UtcDateTime

destination: Final = Table(
    "columba_destination",
    metadata,
    Column("target", Name, primary_key=True),
    Column("name", Name, primary_key=True, comment="a domain, host or account; empty: the whole target"),
    Column("free_at", UtcDateTime(), comment="when the next delivery that nobody has reserved may begin"),
    Column("share", Float, nullable=False, server_default="1", comment="what it is given now of its limit"),
    Column("shut_until", UtcDateTime(), comment="it asked to be left alone until then"),
    Column("down_since", UtcDateTime(), comment="it has not answered since then"),
    Column("up_since", UtcDateTime(), comment="when it answered again: it begins slowly"),
    Column("prober_id", Id, comment="the process that asks whether it is back"),
    Column("probe_at", UtcDateTime(), comment="when that may be taken over"),
    Column("reply", Text, comment="what it said when it was shut, slowed or went down"),
    Column("updated_at", UtcDateTime(), nullable=False),
    **MYSQL,
)

volume: Final = Table(
    "columba_volume",
    metadata,
    Column("target", Name, primary_key=True),
    Column("kind", Name, primary_key=True),
    Column("hour", UtcDateTime(), primary_key=True),
    Column("asked", Integer, nullable=False, comment="events recorded in that hour"),
    Column("sent", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    **MYSQL,
)
Index("ix_columba_volume_hour", volume.c.hour)
