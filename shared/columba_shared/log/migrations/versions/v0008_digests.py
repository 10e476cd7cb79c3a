"""Digests: which are open, and which deliveries belong to which."""

import sqlalchemy as sa

from columba_shared.log.migrations.repeatable import (
    add_column,
    create_index,
    create_partial_index,
    create_table,
    drop_column,
    drop_index,
    drop_tables,
    has_partial_indexes,
)
from columba_shared.log.types import Id, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_DIGEST = "ix_columba_delivery_digest_id"


def upgrade() -> None:
    """Create the table, and let deliveries name their digest."""
    add_column(
        "columba_delivery", sa.Column("digest_id", Id, comment="the event of the digest that it is, or that tells it")
    )
    if has_partial_indexes():
        create_partial_index(_DIGEST, "columba_delivery", ["digest_id"], where=sa.text("digest_id IS NOT NULL"))
    else:
        create_index(_DIGEST, "columba_delivery", ["digest_id"])
    create_table(
        "columba_digest",
        sa.Column(
            "id", Id, nullable=False, comment="derived from whom it tells what: one digest of that is open at a time"
        ),
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("key", sa.String(200), nullable=False, comment="what narrows it; empty: nothing does"),
        sa.Column("event_id", Id, comment="the digest's own event; none: it is just being opened"),
        sa.Column("delivery_id", Id, comment="which goes once it is due"),
        sa.Column(
            "opened_at", UtcDateTime(), nullable=False, comment="when the first event was published that it tells"
        ),
        sa.Column("due_at", UtcDateTime(), nullable=False, comment="nothing joins it that was published later"),
        sa.Column("events", sa.Integer(), nullable=False, comment="how many have joined it"),
        sa.Column("size", sa.Integer(), nullable=False, comment="of their bodies, in octets"),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_columba_digest"),
    )
    create_index("ix_columba_digest_key", "columba_digest", ["target", "kind", "key"])
    create_index("ix_columba_digest_delivery_id", "columba_digest", ["delivery_id"])


def downgrade() -> None:
    """Drop both: what was gathered, and is not sent yet, is known by its state alone."""
    drop_tables("columba_digest")
    drop_index(_DIGEST, "columba_delivery")
    drop_column("columba_delivery", "digest_id")
