"""A savepoint around the app's own code, of which the database hears only if that code asks it something."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import DatabaseError, connections


class Shelter:
    """Some databases give a whole transaction up over one query that failed: what was saved would be rolled back."""

    def __init__(self, alias: str) -> None:
        self._connection = connections[alias]
        self._savepoint: str | None = None
        self._beginning = False
        self._callbacks = len(self._connection.run_on_commit)

    def undo(self) -> None:
        """Go back to where the app's code began to ask; what it wanted done once all is committed is not done."""
        self._connection.run_on_commit = self._connection.run_on_commit[: self._callbacks]
        if self._savepoint is not None:
            self._connection.savepoint_rollback(self._savepoint)
            self._connection.needs_rollback = False
            self._savepoint = None

    def release(self) -> None:
        """Keep what it did; where the database has given up in secret, undo it."""
        if self._savepoint is None:
            return
        try:
            self._connection.savepoint_commit(self._savepoint)
            self._savepoint = None
        except DatabaseError:
            self.undo()

    def before_query(self, execute: Callable[..., Any], *query: Any) -> Any:  # noqa: ANN401 - Django's wrapper
        """Begin, unless it is the beginning itself that is told the database."""
        if self._savepoint is None and not self._beginning:
            self._beginning = True
            try:
                self._savepoint = self._connection.savepoint()
            finally:
                self._beginning = False
        return execute(*query)


@contextmanager
def sheltered(aliases: Iterator[str]) -> Iterator[list[Shelter]]:
    """Give a shelter for each of these databases that has a transaction open and unbroken."""
    shelters = []
    with ExitStack() as stack:
        for alias in aliases:
            connection = connections[alias]
            if connection.in_atomic_block and not connection.needs_rollback:
                shelters.append(Shelter(alias))
                stack.enter_context(connection.execute_wrapper(shelters[-1].before_query))
        yield shelters
