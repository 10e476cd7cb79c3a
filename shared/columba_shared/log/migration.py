"""Bringing a database's tables to the shape this version expects."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from columba_shared.log.exclusion import exclusive
from columba_shared.log.revision import SchemaState, require, state_of

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(engine: Engine) -> None:
    """Bring the tables up to date, the outbox included; several at once take turns.

    Raises LogNotReady when they are newer than this version.
    """
    with exclusive(engine) as connection:
        state = state_of(connection)
        require(state, SchemaState.ABSENT, SchemaState.BEHIND, SchemaState.CURRENT)
        if state is not SchemaState.CURRENT:
            from alembic import command  # noqa: PLC0415 - loading it takes longer than most passes over the queues

            command.upgrade(config(connection), "head")


def config(connection: Connection) -> "Config":
    """Return what Alembic has to know to migrate on this connection."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    told = Config()
    told.set_main_option("script_location", "columba_shared.log:migrations")
    told.set_main_option("path_separator", "os")
    told.attributes["connection"] = connection
    return told
