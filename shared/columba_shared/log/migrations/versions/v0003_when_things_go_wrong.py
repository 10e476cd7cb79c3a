"""When things go wrong: causes, brakes, destinations with their pace and outages, usual volumes, resumable replays."""

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
from columba_shared.log.types import Body, Id, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CAUSE = "ix_columba_delivery_cause"
_UNBURIED = "ix_columba_delivery_unburied"


def upgrade() -> None:
    """Widen deliveries and selections, and create the tables."""
    for table, column in _columns():
        add_column(table, column)
    if has_partial_indexes():
        create_partial_index(_CAUSE, "columba_delivery", ["cause"], where=sa.text("cause IS NOT NULL"))
    else:
        create_index(_CAUSE, "columba_delivery", ["cause"])
    unburied = sa.text("state = 'dead' AND NOT handed_on")
    create_partial_index(_UNBURIED, "columba_delivery", ["due_at", "id"], where=unburied)
    _create_brake()
    _create_braked()
    _create_destination()
    _create_volume()
    _create_moved()


def downgrade() -> None:
    """Drop the tables, and what they know."""
    drop_tables(
        *(f"columba_{name}" for name in ("moved", "counted", "course", "volume", "destination", "braked", "brake"))
    )
    for name in (_UNBURIED, _CAUSE):
        drop_index(name, "columba_delivery")
    for table, column in reversed(_columns()):
        drop_column(table, column.name)


def _columns() -> list[tuple[str, "sa.Column[object]"]]:
    return [
        (
            "columba_delivery",
            sa.Column(
                "cause",
                sa.String(20),
                comment="the fingerprint of why it is dead or in doubt: the same for all that failed alike",
            ),
        ),
        (
            "columba_selection",
            sa.Column(
                "replay",
                Body,
                comment="JSON: how what it holds is made to go again; only for selections made for that",
            ),
        ),
        ("columba_selection", sa.Column("next_at", UtcDateTime(), comment="when more of it may go, whoever sends it")),
        ("columba_selection", sa.Column("ended_at", UtcDateTime(), comment="when all of it had gone again")),
        ("columba_selection", sa.Column("problem", sa.String(500), comment="why it stopped before")),
        ("columba_selected", sa.Column("claim", sa.Integer(), comment="how often it had been claimed by then")),
        ("columba_selected", sa.Column("replayed_at", UtcDateTime(), comment="when it was made to go again")),
    ]


def _create_brake() -> None:
    create_table(
        "columba_brake",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(100), comment="this kind, or with .* at its end all below it"),
        sa.Column("target", sa.String(100)),
        sa.Column("domain", sa.String(255), comment="of the recipient's address, or with *. before it all below it"),
        sa.Column("producer", sa.String(100)),
        sa.Column("since", UtcDateTime(), comment="holds only what was published since then"),
        sa.Column("until", UtcDateTime(), comment="holds only what was published until then"),
        sa.Column("automatic", sa.Boolean(), nullable=False, comment="nobody pulled it: the reconciler did"),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("why", sa.String(500)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_by", sa.String(100)),
        sa.Column("ending", sa.String(20), comment="what becomes of what it held: released, cancelled or kept"),
        sa.PrimaryKeyConstraint("id", name="pk_columba_brake"),
        ids_once=True,
    )


def _create_braked() -> None:
    create_table(
        "columba_braked",
        sa.Column("brake_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("let_go_at", UtcDateTime(), comment="it passes as long as it was last asked for then"),
        sa.PrimaryKeyConstraint("brake_id", "delivery_id", name="pk_columba_braked"),
    )
    create_index("ix_columba_braked_delivery_id", "columba_braked", ["delivery_id"])
    create_index("ix_columba_braked_event_id", "columba_braked", ["event_id", "let_go_at"])


def _create_destination() -> None:
    create_table(
        "columba_destination",
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("name", sa.String(255), nullable=False, comment="a domain, host or account; empty: the whole target"),
        sa.Column("free_at", UtcDateTime(), comment="when the next delivery that nobody has reserved may begin"),
        sa.Column("line_at", UtcDateTime(), comment="when whoever was put off last comes again"),
        sa.Column("line_rate", sa.Float(), comment="how many a second there will be then, as was thought"),
        sa.Column("rate", sa.Float(), comment="how many a second it was given at rate_since; none: as its limit says"),
        sa.Column("rate_since", UtcDateTime()),
        sa.Column("doubles_seconds", sa.Float(), comment="how long that rate takes to double"),
        sa.Column("shut_until", UtcDateTime(), comment="nobody is sent there before"),
        sa.Column("restricted_until", UtcDateTime(), comment="it is shut or slowed until then"),
        sa.Column(
            "failures",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="in a row: each makes it shut for longer",
        ),
        sa.Column("refused_since", UtcDateTime(), comment="the first of these failures"),
        sa.Column("down_since", UtcDateTime(), comment="it has not answered since then"),
        sa.Column("process_id", Id, comment="who found it down, and asks whether it is back: void once that has ended"),
        sa.Column("reply", sa.String(500), comment="what it said when it was shut, slowed or went down"),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("target", "name", name="pk_columba_destination"),
    )
    create_index("ix_columba_destination_restricted_until", "columba_destination", ["restricted_until"])
    create_index("ix_columba_destination_down_since", "columba_destination", ["down_since"])


def _create_volume() -> None:
    create_table(
        "columba_volume",
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False, comment="events recorded in that hour"),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("target", "kind", "hour", name="pk_columba_volume"),
    )
    create_index("ix_columba_volume_hour", "columba_volume", ["hour"])
    create_table(
        "columba_course",
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False, comment="the first hour in which there was any of it"),
        sa.Column("sent", sa.Float(), nullable=False, comment="of about the last outcomes; older ones count ever less"),
        sa.Column("failed", sa.Float(), nullable=False),
        sa.Column(
            "volume_told_at", UtcDateTime(), comment="in which hour it was last told that there is far too much of it"
        ),
        sa.Column("failures_told_at", UtcDateTime(), comment="in which hour it was last told that most of it dies"),
        sa.PrimaryKeyConstraint("target", "kind", name="pk_columba_course"),
    )
    create_table(
        "columba_counted",
        sa.Column("what", sa.String(20), nullable=False, comment="events or outcomes"),
        sa.Column("until", UtcDateTime(), nullable=False, comment="what happened before then is in columba_volume"),
        sa.PrimaryKeyConstraint("what", name="pk_columba_counted"),
    )


def _create_moved() -> None:
    create_table(
        "columba_moved",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("body", Body, nullable=False),
        sa.Column("times", sa.SmallInteger(), nullable=False, comment="how often it was published"),
        sa.Column("moved_at", UtcDateTime(), nullable=False, comment="when that was last"),
        sa.PrimaryKeyConstraint("id", name="pk_columba_moved"),
    )
    create_index("ix_columba_moved_moved_at", "columba_moved", ["moved_at"])
