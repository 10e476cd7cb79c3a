"""Bringing a database's tables to the shape this version expects, and telling whether they have it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from columba_shared.log.errors import LogNotReady
from columba_shared.log.tables import outbox_metadata

VERSION_TABLE: Final = "columba_version"
_LOCK_SECONDS: Final = 600
_LOCK_NUMBER: Final = int.from_bytes(b"columba", "big")


class SchemaState(StrEnum):
    """How a database's tables compare with what this version expects."""

    CURRENT = "current"
    BEHIND = "behind"
    ABSENT = "absent"
    NEWER = "newer"


_PROBLEMS: Final = {
    SchemaState.BEHIND: "the log's tables are of an older version: run `columba migrate`",
    SchemaState.ABSENT: "the log's database has no tables yet: run `columba migrate`",
    SchemaState.NEWER: "the log's tables are of a newer version than this one: upgrade Columba here",
}


def migrate(engine: Engine) -> None:
    """Bring the tables up to date, the outbox included; several at once take turns.

    Raises LogNotReady when they are newer than this version.
    """
    with _exclusive(engine) as connection:
        if _state(connection) is SchemaState.NEWER:
            raise LogNotReady(_PROBLEMS[SchemaState.NEWER])
        command.upgrade(_config(connection), "head")


def create_outbox(engine: Engine) -> None:
    """Create the outbox alone, in an app's own database, unless it is there."""
    with _exclusive(engine) as connection:
        outbox_metadata.create_all(connection)


def schema_state(engine: Engine) -> SchemaState:
    """Tell how the tables compare with what this version expects; changes nothing."""
    with engine.connect().execution_options(reading=True) as connection:
        return _state(connection)


def require_current(engine: Engine) -> None:
    """Raise LogNotReady, naming the command that mends it, unless the tables are as this version expects."""
    state = schema_state(engine)
    if state is not SchemaState.CURRENT:
        raise LogNotReady(_PROBLEMS[state])


def _state(connection: Connection) -> SchemaState:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    there = set(context.get_current_heads())
    script = ScriptDirectory.from_config(_config(connection))
    if not there:
        return SchemaState.ABSENT
    if there == set(script.get_heads()):
        return SchemaState.CURRENT
    known = {step.revision for step in script.walk_revisions()}
    return SchemaState.BEHIND if there <= known else SchemaState.NEWER


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "columba_shared.log:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _exclusive(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that no other migration of this database runs beside."""
    with engine.begin() as connection:
        # SQLite needs no lock: the engine begins every transaction by taking the write lock.
        match connection.dialect.name:
            case "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK_NUMBER)))
                yield connection
            case "mysql" | "mariadb":
                with _named_lock(connection):
                    yield connection
            case _:
                yield connection


@contextmanager
def _named_lock(connection: Connection) -> Iterator[None]:
    """Hold MySQL's lock of this database's name: one that survives the commits that its DDL brings."""
    name = func.left(func.concat("columba:", func.database()), 64)
    if connection.scalar(select(func.get_lock(name, _LOCK_SECONDS))) != 1:
        raise LogNotReady(f"another migration of this database has been running for {_LOCK_SECONDS} seconds")
    try:
        yield
    finally:
        connection.execute(select(func.release_lock(name)))
