"""What was ever taken over from another system; of before, that is what the log still has."""

import sqlalchemy as sa
from alembic import op

from columba_shared.log.migrations.repeatable import create_table, drop_tables
from columba_shared.log.types import Id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MARK = """
INSERT INTO columba_taken_over (id)
SELECT DISTINCT columba_event.id FROM columba_event
LEFT JOIN columba_taken_over ON columba_taken_over.id = columba_event.id
WHERE columba_taken_over.id IS NULL
AND columba_event.producer IN ('carrier-pigeon', 'django-mailer', 'notification-system', 'pigeonpost')
"""


def upgrade() -> None:
    """Create the table, and mark the events that imports have written."""
    create_table(
        "columba_taken_over",
        sa.Column(
            "id",
            Id,
            nullable=False,
            comment="an event's; or what stands for an entry of a list, as it then was",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_columba_taken_over"),
    )
    op.execute(_MARK)


def downgrade() -> None:
    """Drop it: what is purged then may be taken over again."""
    drop_tables("columba_taken_over")
