"""The outbox on the connection that Django has open: in its transaction when there is one, else in one of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from django.db import DatabaseError, connections, transaction

from columba_producer.django.tables import TABLE, id_for, moment_for
from columba_producer.errors import OutboxAway
from columba_producer.spool import Row
from columba_producer.way import Dispatch, Undelivered

_CHUNK: Final = 100
"""Rows of one statement: fewer parameters than any database takes."""
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOutbox:
    """Writes rows by the connection of an alias, which is each thread's own."""

    alias: str
    clock: Clock = utc_now

    @property
    def is_in_transaction(self) -> bool:
        """Whether what is written now waits for somebody to commit it."""
        connection = connections[self.alias]
        if connection.in_atomic_block:
            return True
        return connection.connection is not None and not connection.autocommit

    def write(self, rows: Iterable[Row]) -> Dispatch:
        """Write all or nothing: what the database refuses leaves the transaction around it as it was."""
        listed = tuple(rows)
        try:
            with transaction.atomic(using=self.alias):
                for chunk in _chunks(listed):
                    self._write(chunk)
        except DatabaseError as error:
            problem = OutboxAway(
                f"the outbox in the database {self.alias!r} did not take the event: {' '.join(str(error).split())} "
                "(`manage.py migrate columba` makes its table)"
            )
            problem.__cause__ = error
            failures = tuple(Undelivered(index=index, error=problem) for index in range(len(listed)))
            return Dispatch(taken=len(listed), failures=failures, stopped=problem)
        return Dispatch(taken=len(listed))

    def take_back(self, event_ids: Iterable[UUID]) -> None:
        """Remove what was written in this same transaction."""
        connection = connections[self.alias]
        for chunk in _chunks(id_for(connection.vendor, each) for each in event_ids):
            places = ", ".join(["%s"] * len(chunk))
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {TABLE} WHERE event_id IN ({places})", chunk)  # noqa: S608 - no value in it

    def close(self) -> None:
        """Leave the connections to Django."""

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


def _chunks(several: Iterable[Given]) -> Iterator[list[Given]]:
    iterator = iter(several)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
