"""Creating what is not there yet: MySQL and MariaDB keep half of a step that was interrupted."""

from typing import Any, Final

from alembic import op
from sqlalchemy import Column, TextClause, inspect
from sqlalchemy.schema import SchemaItem

_MYSQL: Final[dict[str, Any]] = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in {
        "engine": "InnoDB",
        "charset": "utf8mb4",
        "collate": "utf8mb4_bin",
        "row_format": "DYNAMIC",
    }.items()
}


def create_table(name: str, *items: SchemaItem, ids_once: bool = False) -> None:
    """Create the table unless it exists, with letters told apart by case and accent on every database.

    With ``ids_once`` the id of a row that was deleted is not given again, on SQLite either.
    """
    if not inspect(op.get_bind()).has_table(name):
        op.create_table(name, *items, sqlite_autoincrement=ids_once, **_MYSQL)


def has_partial_indexes() -> bool:
    """Say whether this database can index some of a table's rows."""
    return op.get_bind().dialect.name in {"postgresql", "sqlite"}


def create_index(name: str, table: str, columns: list[str]) -> None:
    """Create the index unless it exists."""
    if not _has_index(name, table):
        op.create_index(name, table, columns)


def create_partial_index(name: str, table: str, columns: list[str], *, where: TextClause) -> None:
    """Create the index of some rows unless it exists, where the database can."""
    if has_partial_indexes() and not _has_index(name, table):
        op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def _has_index(name: str, table: str) -> bool:
    return name in {index["name"] for index in inspect(op.get_bind()).get_indexes(table)}


def drop_tables(*names: str) -> None:
    """Drop those of the tables that exist."""
    known = inspect(op.get_bind())
    for name in names:
        if known.has_table(name):
            op.drop_table(name)


def add_column(table: str, column: Column[Any]) -> None:
    """Add the column unless the table has it."""
    if not has_column(table, column.name):
        op.add_column(table, column)


def drop_column(table: str, name: str) -> None:
    """Drop the column if the table has it."""
    if has_column(table, name):
        op.drop_column(table, name)


def has_column(table: str, name: str) -> bool:
    """Say whether the table has this column."""
    return name in {column["name"] for column in inspect(op.get_bind()).get_columns(table)}


def drop_index(name: str, table: str) -> None:
    """Drop the index if there is one."""
    if _has_index(name, table):
        op.drop_index(name, table_name=table)
