"""Writing a row where it is missing, on every database."""

from sqlalchemy import Table
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def insert_or_ignore(dialect: str, table: Table) -> Insert:
    """Return an insert that leaves existing rows alone, yet still refuses values that do not fit."""
    keys = list(table.primary_key.columns)
    match dialect:
        case "sqlite":
            return sqlite.insert(table).on_conflict_do_nothing(index_elements=keys)
        case "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing(index_elements=keys)
        case _:
            return mysql.insert(table).on_duplicate_key_update({keys[0].name: keys[0]})
