"""What people decide: keys, orders, selections, frozen messages, the record of it, the address book, tombstones."""

import secrets

import sqlalchemy as sa
from alembic import op

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

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXES = {
    "ix_columba_delivery_key_state": (["key", "state"], sa.text("key IS NOT NULL")),
    "ix_columba_delivery_user_id": (["user_id"], sa.text("user_id IS NOT NULL")),
    "ix_columba_delivery_deciding": (["due_at"], sa.text("state = 'held' AND auto IS NOT NULL")),
}


def upgrade() -> None:
    """Widen the deliveries, and create the tables."""
    for table, column in _columns():
        add_column(table, column)
    for name, (of, where) in _INDEXES.items():
        if has_partial_indexes():
            create_partial_index(name, "columba_delivery", of, where=where)
        elif of != ["due_at"]:
            create_index(name, "columba_delivery", of)
    _create_control()
    _create_cutoff()
    _create_pause()
    _create_key()
    _create_frozen()
    _create_audit()
    _create_selection()
    _create_selected()
    _create_address()
    _create_optout()
    _create_tombstone()


def downgrade() -> None:
    """Drop the tables, and what they know."""
    drop_tables(
        *(
            f"columba_{name}"
            for name in (
                "tombstone",
                "optout",
                "address",
                "selected",
                "selection",
                "audit",
                "frozen",
                "key",
                "pause",
                "cutoff",
                "control",
            )
        )
    )
    for name in _INDEXES:
        drop_index(name, "columba_delivery")
    for table, column in reversed(_columns()):
        drop_column(table, column.name)


def _columns() -> list[tuple[str, "sa.Column[object]"]]:
    return [
        (
            "columba_event",
            sa.Column("category", sa.String(100), comment="what people opt out of"),
        ),
        ("columba_delivery", sa.Column("user_id", sa.String(100), comment="whose opt-outs hold for it")),
        (
            "columba_delivery",
            sa.Column("key", sa.String(200), comment="what a newer event under it replaces while this waits"),
        ),
        (
            "columba_delivery",
            sa.Column(
                "asked_at",
                UtcDateTime(),
                comment="when somebody made it go again: orders stop what was asked for before",
            ),
        ),
        (
            "columba_delivery",
            sa.Column("auto", sa.String(20), comment="what becomes of it when it is due and nobody has decided"),
        ),
        (
            "columba_delivery",
            sa.Column(
                "four_eyes",
                sa.Boolean(),
                nullable=False,
                server_default=sa.false(),
                comment="its publisher may not approve it",
            ),
        ),
        (
            "columba_delivery",
            sa.Column(
                "frozen", sa.Boolean(), nullable=False, server_default=sa.false(), comment="its exact message is kept"
            ),
        ),
    ]


def _create_control() -> None:
    create_table(
        "columba_control",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="there is one row, with 1"),
        sa.Column(
            "generation",
            sa.BigInteger(),
            nullable=False,
            comment="grows with every order, opt-out and tombstone; every claim reads it",
        ),
        sa.Column("secret", sa.String(64), nullable=False, comment="the key of the tombstones' hashes"),
        sa.PrimaryKeyConstraint("id", name="pk_columba_control"),
    )
    control = sa.table("columba_control", sa.column("id"), sa.column("generation"), sa.column("secret"))
    if op.get_bind().scalar(sa.select(control.c.id)) is None:
        op.execute(control.insert().values(id=1, generation=1, secret=secrets.token_hex(32)))


def _create_cutoff() -> None:
    create_table(
        "columba_cutoff",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("action", sa.String(20), nullable=False, comment="cancel or hold"),
        sa.Column("event_id", Id),
        sa.Column("kind", sa.String(100), comment="this kind, or with .* at its end all below it"),
        sa.Column("target", sa.String(100)),
        sa.Column("before", UtcDateTime(), nullable=False, comment="holds for what was asked for until then"),
        sa.Column("overdue", sa.Boolean(), nullable=False, comment="holds only for what was due by then as well"),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("why", sa.String(500)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_columba_cutoff"),
        ids_once=True,
    )


def _create_pause() -> None:
    create_table(
        "columba_pause",
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("why", sa.String(500)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("target", name="pk_columba_pause"),
    )


def _create_key() -> None:
    create_table(
        "columba_key",
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("event_id", Id, comment="the newest event under it"),
        sa.Column(
            "first_at", UtcDateTime(), nullable=False, comment="when the first of those was published that it replaced"
        ),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("target", "kind", "key", name="pk_columba_key"),
    )


def _create_frozen() -> None:
    create_table(
        "columba_frozen",
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="the delivery's revision that says exactly this"),
        sa.Column("content", Body, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_columba_frozen"),
    )


def _create_audit() -> None:
    create_table(
        "columba_audit",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("what", sa.String(20), nullable=False, comment="held, approved, cancelled, …"),
        sa.Column("why", sa.String(500)),
        sa.Column("delivery_id", Id),
        sa.Column("event_id", Id),
        sa.Column("detail", Body, comment="JSON: what it was before, and what it became"),
        sa.PrimaryKeyConstraint("id", name="pk_columba_audit"),
    )
    create_index("ix_columba_audit_at", "columba_audit", ["at"])
    create_index("ix_columba_audit_delivery_id", "columba_audit", ["delivery_id"])
    create_index("ix_columba_audit_event_id", "columba_audit", ["event_id"])


def _create_selection() -> None:
    create_table(
        "columba_selection",
        sa.Column("id", Id, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("words", sa.String(500), nullable=False, comment="how it was asked for"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_columba_selection"),
    )


def _create_selected() -> None:
    create_table(
        "columba_selected",
        sa.Column("selection_id", Id, nullable=False),
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="as it was when it was selected"),
        sa.Column("digest", sa.String(64), comment="of the message that was looked at"),
        sa.PrimaryKeyConstraint("selection_id", "delivery_id", name="pk_columba_selected"),
    )


def _create_address() -> None:
    create_table(
        "columba_address",
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("target", sa.String(100), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("synced", sa.Boolean(), nullable=False, comment="came from the app's users, and goes with them"),
        sa.Column("name", sa.String(500)),
        sa.Column("locale", sa.String(100)),
        sa.Column("zone", sa.String(100)),
        sa.Column("reason", sa.String(500), comment="why it is not active"),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "target", "address", name="pk_columba_address"),
    )
    create_index("ix_columba_address_target", "columba_address", ["target", "user_id"])
    create_index("ix_columba_address_address", "columba_address", ["address"])


def _create_optout() -> None:
    create_table(
        "columba_optout",
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("category", sa.String(100), nullable=False, comment="empty: everything"),
        sa.Column("target", sa.String(100), nullable=False, comment="empty: on every target"),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("why", sa.String(500)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "category", "target", name="pk_columba_optout"),
    )


def _create_tombstone() -> None:
    create_table(
        "columba_tombstone",
        sa.Column("hash", sa.String(64), nullable=False, comment="of an address, under the control row's secret"),
        sa.Column("at", UtcDateTime(), nullable=False, comment="stops what was asked for until then"),
        sa.PrimaryKeyConstraint("hash", name="pk_columba_tombstone"),
    )
