"""Creating what is not there yet: MySQL and MariaDB keep half of a step that was interrupted."""

from typing import Any, Final

from alembic import op
from sqlalchemy import TextClause, inspect
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


def create_table(name: str, *items: SchemaItem) -> None:
    """Create the table unless it exists, with letters told apart by case and accent on every database."""
    if not inspect(op.get_bind()).has_table(name):
        op.create_table(name, *items, **_MYSQL)


def create_index(
    name: str,
    table: str,
    columns: list[str],
    *,
    postgresql_where: TextClause | None = None,
    only_where: TextClause | None = None,
) -> None:
    """Create the index unless it exists; with ``only_where`` a partial one, where the database has such a thing."""
    known = inspect(op.get_bind())
    if name in {index["name"] for index in known.get_indexes(table)}:
        return
    if only_where is None:
        op.create_index(name, table, columns, postgresql_where=postgresql_where)
    elif known.dialect.name in {"postgresql", "sqlite"}:
        op.create_index(name, table, columns, postgresql_where=only_where, sqlite_where=only_where)


def drop_tables(*names: str) -> None:
    """Drop those of the tables that exist."""
    known = inspect(op.get_bind())
    for name in names:
        if known.has_table(name):
            op.drop_table(name)
