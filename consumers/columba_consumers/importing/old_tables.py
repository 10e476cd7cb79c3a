"""The old system's tables, read page by page and never written to, whichever of its versions made them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from columba_shared.errors import ColumbaError
from columba_shared.log.engine import named_by
from columba_shared.redaction import redacted
from sqlalchemy import Column, Connection, MetaData, Select, Table, create_engine, inspect, make_url, select
from sqlalchemy.exc import DataError, SQLAlchemyError

PAGE: Final = 50
"""Rows that are in memory at once: each may hold a mail with its files."""
OF_A_ROW: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
"""What reading a row raises that is not as it should be; whatever else happens is not the row's fault."""
_LONGEST: Final = 300

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A row of which the database driver can make nothing: a date that is none, say."""

    key: object
    error: Exception


class OldTablesMissing(ColumbaError):
    """The database has not the tables of the system that was named."""


class OldDatabaseAway(ColumbaError):
    """The old database does not do what it is asked."""


class UnreadableValue(ValueError):
    """The driver does not take what stands in a column for a value of its type."""


class OldTables:
    """What is read is read in short transactions: whoever still works with the database is not kept waiting."""

    def __init__(self, url: str, *, zone: tzinfo = UTC) -> None:
        """Prepare; ``zone`` is that of moments without one. Raises what ``named_by`` does."""
        with named_by("--from"):
            self._engine = create_engine(make_url(url), hide_parameters=True, pool_pre_ping=True)
        self._where = redacted(url)
        self._zone = zone
        self._known: dict[str, Table] = {}

    def require(self, *names: str) -> None:
        """Raise OldTablesMissing unless these are all there."""
        file = self._engine.url.database
        if self._engine.dialect.name == "sqlite" and not (file and Path(file).is_file()):  # looking would create it
            raise OldTablesMissing(f"--from: there is no file {file} (looked from {Path.cwd()})")
        missing = sorted(set(names) - self.names())
        if missing:
            raise OldTablesMissing(f"--from: the database {self._where} has no table {', '.join(missing)}")

    def names(self) -> set[str]:
        """Return the names of the tables that are there."""
        with self._connected() as connection:
            return set(inspect(connection).get_table_names())

    def pages(self, name: str, *, key: str = "id") -> Iterator[Sequence[Row | Unreadable]]:
        """Yield all rows of a table by name of column, in the order of their key."""
        table, last = self._table(name), None
        while True:
            query = select(table).order_by(table.c[key]).limit(PAGE)
            if last is not None:
                query = query.where(table.c[key] > last)
            try:
                rows: Sequence[Row | Unreadable] = self._read(query)
            except OF_A_ROW:
                rows = list(self._one_by_one(query, table.c[key]))
            if rows:
                yield rows
            if len(rows) < PAGE:
                return
            last = rows[-1].key if isinstance(rows[-1], Unreadable) else rows[-1][key]

    def where(self, name: str, **equal: object) -> Sequence[Row]:
        """Return the rows of a table whose columns have these values; of a list, any of them."""
        table = self._table(name)
        wanted = [
            table.c[column].in_(value) if isinstance(value, list) else table.c[column] == value
            for column, value in equal.items()
        ]
        return self._read(select(table).where(*wanted))

    def moment(self, value: datetime) -> datetime:
        """Return a moment of a row, in UTC."""
        return (value if value.tzinfo else value.replace(tzinfo=self._zone)).astimezone(UTC)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _read(self, query: Select[Any]) -> list[Row]:
        with self._connected() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _one_by_one(self, page: Select[Any], key: Column[Any]) -> Iterator[Row | Unreadable]:
        """Yield the rows of a page in which there is one that cannot be read, which fails all that come with it."""
        for row in self._read(page.with_only_columns(key)):
            try:
                yield from self._read(select(key.table).where(key == row[key.name]))
            except OF_A_ROW as error:
                yield Unreadable(key=row[key.name], error=error)

    def _table(self, name: str) -> Table:
        if name not in self._known:
            with self._connected() as connection:
                self._known[name] = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
        return self._known[name]

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DataError as error:
            raise UnreadableValue(_said(error)) from error
        except SQLAlchemyError as error:
            raise OldDatabaseAway(f"--from: the database {self._where} does not work: {_said(error)}") from error


def _said(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:_LONGEST]
