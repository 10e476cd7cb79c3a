"""The messages that were sent, where they are kept, and a line for those who count."""

import sqlalchemy as sa

from columba_shared.log.migrations.repeatable import create_table, drop_tables
from columba_shared.log.types import Body, Id

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    create_table(
        "columba_message",
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("claim", sa.Integer(), autoincrement=False, nullable=False, comment="the attempt that sent it"),
        sa.Column("content", Body, nullable=False, comment="what the provider was given, compressed by zlib"),
        sa.Column("size", sa.Integer(), nullable=False, comment="in octets, before that"),
        sa.PrimaryKeyConstraint("delivery_id", "claim", name="pk_columba_message"),
    )
    create_table(
        "columba_line",
        sa.Column("name", sa.String(20), nullable=False, comment="whoever locks it is alone with what it names"),
        sa.PrimaryKeyConstraint("name", name="pk_columba_line"),
    )


def downgrade() -> None:
    """Drop them, and what was kept."""
    drop_tables("columba_message", "columba_line")
