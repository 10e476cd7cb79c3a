"""What operators do: orders that hold for what is still to come, selections, frozen messages, and the record of it."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from columba_shared.log.tables.metadata import MYSQL, Serial, metadata
from columba_shared.log.types import Body, Domain, Id, Name, Text, UtcDateTime, Word

control: Final = Table(
    "columba_control",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="there is one row, with 1"),
    Column(
        "generation",
        BigInteger,
        nullable=False,
        comment="grows with every order, opt-out and tombstone; every claim reads it",
    ),
    Column("secret", String(64), nullable=False, comment="the key of the tombstones' hashes"),
    **MYSQL,
)

cutoff: Final = Table(
    "columba_cutoff",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("action", Word, nullable=False, comment="cancel or hold"),
    Column("event_id", Id),
    Column("kind", Name, comment="this kind, or with .* at its end all below it"),
    Column("target", Name),
    Column("before", UtcDateTime(), nullable=False, comment="holds for what was asked for until then"),
    Column("overdue", Boolean, nullable=False, comment="holds only for what was due by then as well"),
    Column("who", Name, nullable=False),
    Column("why", Text),
    Column("at", UtcDateTime(), nullable=False),
    sqlite_autoincrement=True,  # an id is never given twice: consumers read only what is new
    **MYSQL,
)

brake: Final = Table(
    "columba_brake",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("kind", Name, comment="this kind, or with .* at its end all below it"),
    Column("target", Name),
    Column("domain", Domain, comment="of the recipient's address, or with *. before it all below it"),
    Column("producer", Name),
    Column("since", UtcDateTime(), comment="holds only what was published since then"),
    Column("until", UtcDateTime(), comment="holds only what was published until then"),
    Column("automatic", Boolean, nullable=False, comment="nobody pulled it: the reconciler did"),
    Column("who", Name, nullable=False),
    Column("why", Text),
    Column("at", UtcDateTime(), nullable=False),
    Column("ended_at", UtcDateTime()),
    Column("ended_by", Name),
    Column("ending", Word, comment="what becomes of what it held: released, cancelled or kept"),
    sqlite_autoincrement=True,
    **MYSQL,
)

braked: Final = Table(
    "columba_braked",
    metadata,
    Column("brake_id", BigInteger, primary_key=True, autoincrement=False),
    Column("delivery_id", Id, primary_key=True),
    Column("event_id", Id, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("let_go_at", UtcDateTime(), comment="it passes as long as it was last asked for then"),
    **MYSQL,
)
Index("ix_columba_braked_delivery_id", braked.c.delivery_id)
Index("ix_columba_braked_event_id", braked.c.event_id, braked.c.let_go_at)

line: Final = Table(
    "columba_line",
    metadata,
    Column("name", Word, primary_key=True, comment="whoever locks it is alone with what it names"),
    **MYSQL,
)

pause: Final = Table(
    "columba_pause",
    metadata,
    Column("target", Name, primary_key=True),
    Column("who", Name, nullable=False),
    Column("why", Text),
    Column("at", UtcDateTime(), nullable=False),
    **MYSQL,
)

frozen: Final = Table(
    "columba_frozen",
    metadata,
    Column("delivery_id", Id, primary_key=True),
    Column("revision", Integer, nullable=False, comment="the delivery's revision that says exactly this"),
    Column("content", Body, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("who", Name, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    **MYSQL,
)

audit: Final = Table(
    "columba_audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime(), nullable=False),
    Column("who", Name, nullable=False),
    Column("what", Word, nullable=False, comment="held, approved, cancelled, …"),
    Column("why", Text),
    Column("delivery_id", Id),
    Column("event_id", Id),
    Column("detail", Body, comment="JSON: what it was before, and what it became"),
    **MYSQL,
)
Index("ix_columba_audit_delivery_id", audit.c.delivery_id)
Index("ix_columba_audit_event_id", audit.c.event_id)
Index("ix_columba_audit_at", audit.c.at)

selection: Final = Table(
    "columba_selection",
    metadata,
    Column("id", Id, primary_key=True),
    Column("who", Name, nullable=False),
    Column("words", Text, nullable=False, comment="how it was asked for"),
    Column("number", Integer, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("replay", Body, comment="JSON: how what it holds is made to go again; only for selections made for that"),
    Column("next_at", UtcDateTime(), comment="when more of it may go, whoever sends it"),
    Column("ended_at", UtcDateTime(), comment="when all of it had gone again"),
    Column("problem", Text, comment="why it stopped before"),
    **MYSQL,
)

selected: Final = Table(
    "columba_selected",
    metadata,
    Column("selection_id", Id, primary_key=True),
    Column("delivery_id", Id, primary_key=True),
    Column("revision", Integer, nullable=False, comment="as it was when it was selected"),
    Column("claim", Integer, comment="how often it had been claimed by then"),
    Column("digest", String(64), comment="of the message that was looked at"),
    Column("replayed_at", UtcDateTime(), comment="when it was made to go again"),
    **MYSQL,
)
