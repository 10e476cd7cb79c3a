"""Content too large to travel with its events, and whose it is."""

import sqlalchemy as sa

from columba_shared.log.migrations.repeatable import create_index, create_table, drop_tables
from columba_shared.log.types import BlobName, Body, Id, Name, Sha256, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    create_table(
        "columba_blob",
        sa.Column("digest", Sha256, nullable=False, comment="the SHA-256 of the content, in hexadecimal digits"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_columba_blob"),
    )
    create_table(
        "columba_blob_piece",
        sa.Column("digest", Sha256, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", Body, nullable=False),
        sa.PrimaryKeyConstraint("digest", "number", name="pk_columba_blob_piece"),
    )
    create_table(
        "columba_blob_use",
        sa.Column("event_id", Id, nullable=False),
        sa.Column("target", Name, nullable=False),
        sa.Column("blob", BlobName, nullable=False, comment="a digest; with a week before it, in a folder or a bucket"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "target", "blob", name="pk_columba_blob_use"),
    )
    create_index("ix_columba_blob_use_blob", "columba_blob_use", ["blob"])


def downgrade() -> None:
    """Drop them, and what was kept."""
    drop_tables("columba_blob_use", "columba_blob_piece", "columba_blob")
