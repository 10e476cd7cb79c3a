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


def create_index(name: str, table: str, columns: list[str], *, postgresql_where: TextClause | None = None) -> None:
    """Create the index unless it exists; PostgreSQL's may be partial."""
    if name not in {index["name"] for index in inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, postgresql_where=postgresql_where)


def drop_tables(*names: str) -> None:
    """Drop those of the tables that exist."""
    known = inspect(op.get_bind())
    for name in names:
        if known.has_table(name):
            op.drop_table(name)
