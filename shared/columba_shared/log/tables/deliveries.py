"""Events, their deliveries, and the attempts at them: what most of the log consists of."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Table, false, text

from columba_shared.log.tables.metadata import MYSQL, metadata
from columba_shared.log.types import Address, Body, Id, Key, Name, Text, UtcDateTime, Word

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
    Column("category", Name, comment="what people opt out of"),
    Column("recorded_at", UtcDateTime(), nullable=False),
    **MYSQL,
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
    Column("user_id", Name, comment="whose opt-outs hold for it"),
    Column("key", Key, comment="what a newer event under it replaces while this waits"),
    Column("digest_id", Id, comment="the event of the digest that it is, or that tells it"),
    Column("state", Word, nullable=False),
    Column("reason", Text),
    Column("cause", Word, comment="the fingerprint of why it is dead or in doubt: the same for all that failed alike"),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("asked_at", UtcDateTime(), comment="when somebody made it go again: orders stop what was asked for before"),
    Column("auto", Word, comment="what becomes of it when it is due and nobody has decided"),
    Column("four_eyes", Boolean, nullable=False, server_default=false(), comment="its publisher may not approve it"),
    Column("frozen", Boolean, nullable=False, server_default=false(), comment="its exact message is kept"),
    # Grows when somebody changes when it goes or what it says; a copy names the one it was made of.
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
    **MYSQL,
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

KEYED: Final = text("key IS NOT NULL")
OF_USER: Final = text("user_id IS NOT NULL")
IN_DIGEST: Final = text("digest_id IS NOT NULL")
CAUSED: Final = text("cause IS NOT NULL")
DECIDING: Final = text("state = 'held' AND auto IS NOT NULL")
Index("ix_columba_delivery_key_state", delivery.c.key, delivery.c.state, postgresql_where=KEYED, sqlite_where=KEYED)
Index("ix_columba_delivery_user_id", delivery.c.user_id, postgresql_where=OF_USER, sqlite_where=OF_USER)
Index("ix_columba_delivery_deciding", delivery.c.due_at, postgresql_where=DECIDING, sqlite_where=DECIDING).ddl_if(
    dialect=("postgresql", "sqlite"),  # type: ignore[arg-type]  # as above
)
Index("ix_columba_delivery_digest_id", delivery.c.digest_id, postgresql_where=IN_DIGEST, sqlite_where=IN_DIGEST)
UNBURIED: Final = text("state = 'dead' AND NOT handed_on")
"""The dead whose dead letter has to be published: a few, of many dead."""
Index(
    "ix_columba_delivery_unburied",
    delivery.c.due_at,
    delivery.c.id,
    postgresql_where=UNBURIED,
    sqlite_where=UNBURIED,
).ddl_if(dialect=("postgresql", "sqlite"))  # type: ignore[arg-type]  # as above
Index("ix_columba_delivery_cause", delivery.c.cause, postgresql_where=CAUSED, sqlite_where=CAUSED)

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
    Column("account", Name, comment="the one of several that it went by"),
    Column("version", Word, comment="of the templates that it was rendered from"),
    **MYSQL,
)

message: Final = Table(
    "columba_message",
    metadata,
    Column("delivery_id", Id, primary_key=True),
    Column("claim", Integer, primary_key=True, autoincrement=False, comment="the attempt that sent it"),
    Column("content", Body, nullable=False, comment="what the provider was given, compressed by zlib"),
    Column("size", Integer, nullable=False, comment="in octets, before that"),
    **MYSQL,
)
