"""From which templates each attempt was rendered."""

import sqlalchemy as sa

from columba_shared.log.migrations.repeatable import add_column, drop_column

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    add_column(
        "columba_attempt", sa.Column("version", sa.String(20), comment="of the templates that it was rendered from")
    )


def downgrade() -> None:
    """Drop it."""
    drop_column("columba_attempt", "version")
