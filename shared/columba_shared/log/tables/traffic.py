"""How fast deliveries may go where, which ways are shut, and how much of what there usually is."""

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, String, Table

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import Id, Name, Text, UtcDateTime, Word

destination: Final = Table(
    "columba_destination",
    metadata,
    Column("target", Name, primary_key=True),
    Column("name", String(255), primary_key=True, comment="a domain, host or account; empty: the whole target"),
    Column("free_at", UtcDateTime(), comment="when the next delivery that nobody has reserved may begin"),
    Column("line_at", UtcDateTime(), comment="when whoever was put off last comes again"),
    Column("line_rate", Float, comment="how many a second there will be then, as was thought"),
    Column("rate", Float, comment="how many a second it was given at rate_since; none: as its limit says"),
    Column("rate_since", UtcDateTime()),
    Column("doubles_seconds", Float, comment="how long that rate takes to double"),
    Column("shut_until", UtcDateTime(), comment="nobody is sent there before"),
    Column("restricted_until", UtcDateTime(), comment="it is shut or slowed until then"),
    Column("failures", Integer, nullable=False, server_default="0", comment="in a row: each makes it shut for longer"),
    Column("refused_since", UtcDateTime(), comment="the first of these failures"),
    Column("down_since", UtcDateTime(), comment="it has not answered since then"),
    Column("process_id", Id, comment="who found it down, and asks whether it is back: void once that has ended"),
    Column("reply", Text, comment="what it said when it was shut, slowed or went down"),
    Column("updated_at", UtcDateTime(), nullable=False),
    **MYSQL,
)

Index("ix_columba_destination_restricted_until", destination.c.restricted_until)
Index("ix_columba_destination_down_since", destination.c.down_since)

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

course: Final = Table(
    "columba_course",
    metadata,
    Column("target", Name, primary_key=True),
    Column("kind", Name, primary_key=True),
    Column("since", UtcDateTime(), nullable=False, comment="the first hour in which there was any of it"),
    Column("sent", Float, nullable=False, comment="of about the last outcomes; older ones count ever less"),
    Column("failed", Float, nullable=False),
    Column("volume_told_at", UtcDateTime(), comment="in which hour it was last told that there is far too much of it"),
    Column("failures_told_at", UtcDateTime(), comment="in which hour it was last told that most of it dies"),
    **MYSQL,
)

counted: Final = Table(
    "columba_counted",
    metadata,
    Column("what", Word, primary_key=True, comment="events or outcomes"),
    Column("until", UtcDateTime(), nullable=False, comment="what happened before then is in columba_volume"),
    **MYSQL,
)
