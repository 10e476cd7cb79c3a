"""The log's tables. The outbox may also live alone, in an app's own database."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    text,
)

from columba_shared.log.types import Address, Body, Id, Name, Text, UtcDateTime, Word

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)
# Whatever the server's defaults: every Unicode character, and letters that differ by case or accent are different.
_MYSQL: Final[dict[str, Any]] = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in {
        "engine": "InnoDB",
        "charset": "utf8mb4",
        "collate": "utf8mb4_bin",
        "row_format": "DYNAMIC",
    }.items()
}
_Serial = BigInteger().with_variant(Integer(), "sqlite")

event: Final = Table(
    "columba_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("target", Name, primary_key=True),
    Column("kind", Name, nullable=False),
    Column("lane", Word, nullable=False),
    Column("producer", Name, nullable=False),
    Column("body", Body, nullable=False, comment="the event as it travels; without recipients where they have rows"),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("due_at", UtcDateTime()),
    Column("expires_at", UtcDateTime()),
    Column("recorded_at", UtcDateTime(), nullable=False),
    **_MYSQL,
)
Index("ix_columba_event_recorded_at", event.c.recorded_at)

# A database recognises a partial index by its condition, word for word: queries repeat it without parameters.
WAITING: Final = text("state IN ('retrying', 'scheduled')")

delivery: Final = Table(
    "columba_delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", Id, nullable=False),
    Column("target", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("lane", Word, nullable=False),
    Column("address", Address, nullable=False),
    Column("recipient", Body, comment="only where the event's body does not name it"),
    Column("state", Word, nullable=False),
    Column("reason", Text),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column(
        "claim",
        Integer,
        nullable=False,
        server_default="0",
        comment="grows with every claim; a copy names the one it may make",
    ),
    Column(
        "attempts",
        SmallInteger,
        nullable=False,
        server_default="0",
        comment="what was spent; down and throttled spend none",
    ),
    Column("crashes", SmallInteger, nullable=False, server_default="0"),
    Column("process_id", Id, comment="whose lease it is under while sending"),
    Column("token", BigInteger, comment="which of that process's claims"),
    Column("handed_on", Boolean, nullable=False, comment="a copy for the current claim is known to be on its way"),
    Column("suspect", Boolean, nullable=False, comment="it had been offered to a process that died"),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    **_MYSQL,
)
Index("ix_columba_delivery_event_id", delivery.c.event_id)
Index("ix_columba_delivery_address", delivery.c.address)
Index(
    "ix_columba_delivery_waiting",
    delivery.c.target,
    delivery.c.lane,
    delivery.c.handed_on,
    delivery.c.due_at,
    delivery.c.id,
    postgresql_where=WAITING,
    sqlite_where=WAITING,
).ddl_if(dialect=("postgresql", "sqlite"))  # type: ignore[arg-type]  # documented, but typed as one name
# MySQL and MariaDB have no partial indexes: there the states come first, and due times are sorted when asked for.
Index("ix_columba_delivery_state_due_at", delivery.c.state, delivery.c.due_at).ddl_if(
    dialect=("mysql", "mariadb"),  # type: ignore[arg-type]  # as above
)
Index("ix_columba_delivery_state_updated_at", delivery.c.state, delivery.c.updated_at)

attempt: Final = Table(
    "columba_attempt",
    metadata,
    Column("delivery_id", Id, primary_key=True),
    Column("claim", Integer, primary_key=True, autoincrement=False),
    Column("number", SmallInteger, nullable=False, comment="how many were spent, this one included if it was"),
    Column("outcome", Word, nullable=False),
    Column("stage", Word, nullable=False),
    Column("reply", Text),
    Column("provider_id", Text),
    Column("process_id", Id),
    Column("started_at", UtcDateTime(), nullable=False),
    Column("finished_at", UtcDateTime(), nullable=False),
    **_MYSQL,
)

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
    **_MYSQL,
)

malformed: Final = Table(
    "columba_malformed",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("target", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False),
    **_MYSQL,
)

outbox_metadata: Final = MetaData(naming_convention=metadata.naming_convention)
outbox: Final = Table(
    "columba_outbox",
    outbox_metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("event_id", Id, nullable=False),
    Column("body", Body, nullable=False),
    Column("problem", Text, comment="why the relay set this row aside"),
    Column("written_at", UtcDateTime(), nullable=False),
    **_MYSQL,
)
