"""The log's first tables, and the outbox's."""

import sqlalchemy as sa

from columba_shared.log.migrations.repeatable import (
    create_index,
    create_partial_index,
    create_table,
    drop_tables,
    has_partial_indexes,
)
from columba_shared.log.types import Body, Id, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING = sa.text("state IN ('retrying', 'scheduled')")


def upgrade() -> None:
    """Create the tables."""
    _create_event()
    _create_delivery()
    _create_attempt()
    _create_process()
    _create_malformed()
    _create_outbox()


def downgrade() -> None:
    """Drop the tables and all that the log knows."""
    drop_tables(
        "columba_outbox",
        "columba_malformed",
        "columba_process",
        "columba_attempt",
        "columba_delivery",
        "columba_event",
    )


def _create_event() -> None:
    create_table(
        "columba_event",
        sa.Column("id", Id, nullable=False),
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("lane", sa.String(20), nullable=False),
        sa.Column("producer", sa.String(100), nullable=False),
        sa.Column(
            "body", Body, nullable=False, comment="the event as it travels; without recipients where they have rows"
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", "target", name="pk_columba_event"),
    )
    create_index("ix_columba_event_recorded_at", "columba_event", ["recorded_at"])


def _create_delivery() -> None:
    create_table(
        "columba_delivery",
        sa.Column("id", Id, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("lane", sa.String(20), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("recipient", Body, comment="only where the event's body does not name it"),
        *_delivery_state(),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_columba_delivery"),
    )
    create_index("ix_columba_delivery_event_id", "columba_delivery", ["event_id"])
    create_index("ix_columba_delivery_address", "columba_delivery", ["address"])
    create_partial_index(
        "ix_columba_delivery_waiting",
        "columba_delivery",
        ["target", "lane", "handed_on", "due_at", "id"],
        where=_WAITING,
    )
    if not has_partial_indexes():
        create_index("ix_columba_delivery_state_due_at", "columba_delivery", ["state", "due_at"])
    create_index("ix_columba_delivery_state_updated_at", "columba_delivery", ["state", "updated_at"])


def _delivery_state() -> list[sa.Column[object]]:
    return [
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500)),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="0"),
        sa.Column(
            "claim",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="grows with every claim; a copy names the one it may make",
        ),
        sa.Column(
            "attempts",
            sa.SmallInteger(),
            nullable=False,
            server_default="0",
            comment="what was spent; down and throttled spend none",
        ),
        sa.Column("crashes", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("process_id", Id, comment="whose lease it is under while sending"),
        sa.Column("token", sa.BigInteger(), comment="which of that process's claims"),
        sa.Column(
            "handed_on", sa.Boolean(), nullable=False, comment="a copy for the current claim is known to be on its way"
        ),
        sa.Column("suspect", sa.Boolean(), nullable=False, comment="it had been offered to a process that died"),
    ]


def _create_attempt() -> None:
    create_table(
        "columba_attempt",
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column(
            "number", sa.SmallInteger(), nullable=False, comment="how many were spent, this one included if it was"
        ),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("reply", sa.String(500)),
        sa.Column("provider_id", sa.String(500)),
        sa.Column("process_id", Id),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "claim", name="pk_columba_attempt"),
    )


def _create_process() -> None:
    create_table(
        "columba_process",
        sa.Column("id", Id, nullable=False),
        sa.Column("role", sa.String(100), nullable=False),
        sa.Column("host", sa.String(100), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column(
            "beat",
            sa.BigInteger(),
            nullable=False,
            comment="observers time how long it stays unchanged, on their own clock",
        ),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_columba_process"),
    )


def _create_malformed() -> None:
    create_table(
        "columba_malformed",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_columba_malformed"),
    )


def _create_outbox() -> None:
    create_table(
        "columba_outbox",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.Column("problem", sa.String(500), comment="why the relay set this row aside"),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_columba_outbox"),
    )
