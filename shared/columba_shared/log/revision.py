"""Telling whether a database's tables have the shape this version expects; every command asks, so without Alembic."""

from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine, String, column, inspect, select, table

from columba_shared.log.engine import reading
from columba_shared.log.errors import LogAbsent, LogNotReady

VERSION_TABLE: Final = "columba_version"
REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
"""Every revision there has been, oldest first; the last is the one that this version expects."""


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


def schema_state(engine: Engine) -> SchemaState:
    """Tell how the tables compare with what this version expects; changes nothing."""
    with reading(engine) as connection:
        return state_of(connection)


def state_of(connection: Connection) -> SchemaState:
    """Tell the same in a transaction that is open."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return SchemaState.ABSENT
    versions = select(column("version_num", String)).select_from(table(VERSION_TABLE))
    there = set(connection.scalars(versions))
    if not there:
        return SchemaState.ABSENT
    if there == {REVISIONS[-1]}:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if there <= set(REVISIONS) else SchemaState.NEWER


def require_current(engine: Engine) -> None:
    """Raise LogNotReady, naming the command that mends it, unless the tables are as this version expects."""
    require(schema_state(engine), SchemaState.CURRENT)


def require(state: SchemaState, *wanted: SchemaState) -> None:
    """Raise LogNotReady, naming what mends it, unless the state is a wanted one."""
    if state not in wanted:
        raise (LogAbsent if state is SchemaState.ABSENT else LogNotReady)(_PROBLEMS[state])
