"""Bounces and complaints, and what followed from each."""

import sqlalchemy as sa

from columba_shared.log.migrations.repeatable import create_index, create_table, drop_tables
from columba_shared.log.types import Address, Domain, Id, Name, Text, UtcDateTime, Word

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and that of the lines, which the step before this did not create in its first days."""
    create_table(
        "columba_line",
        sa.Column("name", sa.String(20), nullable=False, comment="whoever locks it is alone with what it names"),
        sa.PrimaryKeyConstraint("name", name="pk_columba_line"),
    )
    create_table(
        "columba_bounce",
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("finding", Word, nullable=False, comment="hard, soft, refused, delayed, elsewhere or complaint"),
        sa.Column("target", Name, nullable=False),
        sa.Column("address", Address, nullable=False, comment="the delivery's, in one spelling"),
        sa.Column("domain", Domain, nullable=False),
        sa.Column(
            "effect", Word, nullable=False, comment="what followed: suppressed, counted, noted, held back or dismissed"
        ),
        sa.Column("status", Name, comment="the code that was given (RFC 3463)"),
        sa.Column("said", Text),
        sa.Column("reporter", Domain, comment="who says so, by their own account; none: the server, to us"),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "finding", name="pk_columba_bounce"),
    )
    create_index("ix_columba_bounce_address", "columba_bounce", ["address"])
    create_index("ix_columba_bounce_at", "columba_bounce", ["at"])
    create_index("ix_columba_bounce_effect", "columba_bounce", ["effect", "domain"])


def downgrade() -> None:
    """Drop it, and what came back."""
    drop_tables("columba_bounce")
