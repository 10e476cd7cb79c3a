"""By which account each attempt was made."""

import sqlalchemy as sa

from columba_shared.log.migrations.repeatable import add_column, drop_column

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    add_column("columba_attempt", sa.Column("account", sa.String(100), comment="the one of several that it went by"))


def downgrade() -> None:
    """Drop it."""
    drop_column("columba_attempt", "account")
