"""The outbox on the connection that Django has open: in its transaction when there is one, else in one of its own."""

from collections.abc import Iterable, Iterator, Sized
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from django.db import DEFAULT_DB_ALIAS, Error, connections

from columba_producer.django.savepoint import savepoint
from columba_producer.django.tables import TABLE, id_for, moment_for
from columba_producer.errors import OutboxAway
from columba_producer.spool import Row
from columba_producer.way import Dispatch, Undelivered

_CHUNK: Final = 100
"""Rows of one statement: fewer parameters than any database takes."""
_CHUNK_BYTES: Final = 4 * 1024 * 1024
"""Of one statement, but for a single row: MySQL and MariaDB take 16 MiB, with all that is escaped in it."""
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOutbox:
    """Writes rows by the connection of an alias, which is each thread's own."""

    alias: str
    clock: Clock = utc_now

    @property
    def is_in_atomic(self) -> bool:
        """Whether a transaction is open whose end Django tells."""
        return bool(connections[self.alias].in_atomic_block)

    @property
    def is_in_transaction(self) -> bool:
        """Whether what is written now waits for somebody to commit it."""
        connection = connections[self.alias]
        if connection.in_atomic_block:
            return True
        if connection.connection is None:  # as the first query would open it
            return not connection.settings_dict["AUTOCOMMIT"]
        return not connection.autocommit

    def is_empty(self) -> bool:
        """Say whether all that was committed to it has been moved on; raises OutboxAway when nobody knows.

        What the relay has set aside waits for a person, and keeps nothing from the broker.
        """
        try:
            with connections[self.alias].cursor() as cursor:
                cursor.execute(f"SELECT id FROM {TABLE} WHERE problem IS NULL LIMIT 1")  # noqa: S608 - no value in it
                return cursor.fetchone() is None
        except Error as error:
            raise self._away("does not say what waits in it", error) from error

    def write(self, rows: Iterable[Row]) -> Dispatch:
        """Write all or nothing: what the database refuses leaves the transaction around it as it was.

        The rows are read as they are written, a statement's at a time; but all at once where nothing undoes a part.
        """
        given = _Given(rows)
        try:
            with (part := savepoint(self.alias)):
                several = tuple(given) if isinstance(part, nullcontext) else given
                for chunk in _pieces(several):
                    self._write(chunk)
        except Error as error:
            if given.broken is not None:
                raise given.broken from None
            if not given.taken:  # whoever reads ahead for us believes that the first one is here
                next(iter(given), None)
            problem = self._away("did not take the event", error)
            problem.__cause__ = error
            failures = tuple(Undelivered(index=index, error=problem) for index in range(given.taken))
            return Dispatch(taken=given.taken, failures=failures, stopped=problem)
        return Dispatch(taken=given.taken)

    def take_back(self, event_ids: Iterable[UUID]) -> None:
        """Remove what was written in this same transaction.

        Looked up first: MySQL and MariaDB would lock every row that a deletion without an index reads, also others'.
        """
        connection = connections[self.alias]
        for chunk in _chunks(id_for(connection.vendor, each) for each in event_ids):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT id FROM {TABLE} WHERE event_id IN ({_places(chunk)})", chunk)  # noqa: S608 - no value in it
                rows = [row for (row,) in cursor.fetchall()]
                if rows:
                    cursor.execute(f"DELETE FROM {TABLE} WHERE id IN ({_places(rows)})", rows)  # noqa: S608 - as above

    def close(self) -> None:
        """Leave the connections to Django."""

    def _away(self, what: str, error: Error) -> OutboxAway:
        fix = f" (`manage.py migrate columba{self._option()}` makes its table)" if self._lacks_table() else ""
        return OutboxAway(f"the outbox in the database {self.alias!r} {what}: {' '.join(str(error).split())}{fix}")

    def _option(self) -> str:
        return "" if self.alias == DEFAULT_DB_ALIAS else f" --database {self.alias}"

    def _lacks_table(self) -> bool:
        try:
            return TABLE not in connections[self.alias].introspection.table_names()
        except Error:  # it says nothing at all
            return False

    def _write(self, rows: list[Row]) -> None:
        connection = connections[self.alias]
        vendor, written_at = connection.vendor, moment_for(connection.vendor, self.clock())
        values = [
            value
            for row in rows
            for value in (id_for(vendor, row.event_id), connection.Database.Binary(row.body), written_at)
        ]
        places = ", ".join(["(%s, %s, %s)"] * len(rows))
        statement = f"INSERT INTO {TABLE} (event_id, body, written_at) VALUES {places}"  # noqa: S608 - no value in it
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


class _Given:
    """The rows as they come: how many there were, and which error of a database's was their own."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.taken = 0
        self.broken: Error | None = None

    def __iter__(self) -> Iterator[Row]:
        try:
            for each in self._rows:
                self.taken += 1
                yield each
        except Error as error:
            self.broken = error
            raise


def _pieces(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk, size = list[Row](), 0
    for row in rows:
        if chunk and (len(chunk) == _CHUNK or size + len(row.body) > _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += len(row.body)
    if chunk:
        yield chunk


def _places(values: Sized) -> str:
    return ", ".join(["%s"] * len(values))


def _chunks(several: Iterable[Given]) -> Iterator[list[Given]]:
    iterator = iter(several)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
