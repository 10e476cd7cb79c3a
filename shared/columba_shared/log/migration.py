"""Bringing a database's tables to the shape this version expects."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from columba_shared.log.exclusion import exclusive
from columba_shared.log.revision import SchemaState, require, state_of


def migrate(engine: Engine) -> None:
    """Bring the tables up to date, the outbox included; several at once take turns.

    Raises LogNotReady when they are newer than this version.
    """
    with exclusive(engine) as connection:
        require(state_of(connection), SchemaState.ABSENT, SchemaState.BEHIND, SchemaState.CURRENT)
        command.upgrade(config(connection), "head")


def config(connection: Connection) -> Config:
    """Return what Alembic has to know to migrate on this connection."""
    told = Config()
    told.set_main_option("script_location", "columba_shared.log:migrations")
    told.set_main_option("path_separator", "os")
    told.attributes["connection"] = connection
    return told
