"""What people wish: who must not be written to."""

import sqlalchemy as sa

from columba_shared.log.migrations.repeatable import create_index, create_table, drop_tables
from columba_shared.log.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    create_table(
        "columba_suppression",
        sa.Column(
            "address",
            sa.String(500),
            nullable=False,
            comment="in one spelling; @domain for all of a domain, @*.domain for all below it",
        ),
        sa.Column("target", sa.String(100), nullable=False, comment="empty: on every target"),
        sa.Column("category", sa.String(100), nullable=False, comment="empty: everything"),
        sa.Column("source", sa.String(20), nullable=False, comment="who found out"),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("why", sa.String(500)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), comment="in force until then; none: until it is lifted"),
        sa.PrimaryKeyConstraint("address", "target", "category", name="pk_columba_suppression"),
    )
    create_index("ix_columba_suppression_source", "columba_suppression", ["source", "at"])


def downgrade() -> None:
    """Drop it, and what it knows."""
    drop_tables("columba_suppression")
