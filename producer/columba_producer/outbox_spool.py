"""The outbox table written in transactions of our own, some hundred rows at a time."""

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.forking import forgets_when_forked
from columba_shared.log.engine import connect
from columba_shared.log.forked import leave_to_parent
from columba_shared.log.own_outbox import create_outbox
from columba_shared.log.tables import outbox
from sqlalchemy import Engine, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from columba_producer.errors import OutboxAway
from columba_producer.spool import Row
from columba_producer.way import Dispatch, Undelivered

CHUNK: Final = 500
_WAITING: Final = select(outbox.c.id).where(outbox.c.problem.is_(None)).limit(1)


class OutboxSpool:
    """Writes rows durably. May be shared by threads and forked processes; creates the table where it is missing."""

    def __init__(self, database: str | Engine, *, clock: Clock = utc_now) -> None:
        self._engine = connect(database, setting="the outbox's URL") if isinstance(database, str) else database
        self._clock = clock
        self._lock = threading.Lock()
        self._there = False
        forgets_when_forked(self)

    def write(self, rows: Iterable[Row]) -> Dispatch:
        """Write in chunks, each in one transaction; stops at the first chunk that the database refuses."""
        taken = 0
        for chunk in _chunks(rows):
            taken += len(chunk)
            try:
                self._write(chunk)
            except SQLAlchemyError as error:
                problem = OutboxAway(f"the outbox at {self} did not take the event: {_reason(error)}")
                problem.__cause__ = error
                failures = (Undelivered(index=index, error=problem) for index in range(taken - len(chunk), taken))
                return Dispatch(taken=taken, failures=tuple(failures), stopped=problem)
        return Dispatch(taken=taken)

    def is_empty(self) -> bool:
        """Say whether all that was committed to it has been moved on; raises OutboxAway when nobody knows.

        What the relay has set aside waits for a person, and keeps nothing from the broker.
        """
        try:
            self._ensure_table()
            with self._engine.connect() as connection:
                return connection.execute(_WAITING).first() is None
        except SQLAlchemyError as error:
            raise OutboxAway(f"the outbox at {self} does not say what waits in it: {_reason(error)}") from error

    def close(self) -> None:
        """Close the idle connections."""
        self._engine.dispose()

    def forget(self) -> None:
        """In a forked child: connect anew, and leave the parent's connections to the parent, not even closing them."""
        leave_to_parent(self._engine)
        self._lock = threading.Lock()

    def __str__(self) -> str:
        """Return the URL as people may see it."""
        return self._engine.url.render_as_string(hide_password=True)

    def _write(self, rows: list[Row]) -> None:
        self._ensure_table()
        now = self._clock()
        values = [{"event_id": row.event_id, "body": row.body, "written_at": now} for row in rows]
        with self._engine.begin() as connection:
            connection.execute(insert(outbox), values)

    def _ensure_table(self) -> None:
        """Look once; another process may create the table at the same moment."""
        if self._there:
            return
        with self._lock:
            if not inspect(self._engine).has_table(outbox.name):
                create_outbox(self._engine)
            self._there = True


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _reason(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None) or error
    return " ".join(str(original).split()) or type(original).__name__
