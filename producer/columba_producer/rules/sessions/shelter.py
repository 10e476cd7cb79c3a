"""A savepoint around the app's own code, which the database hears of only if that code asks it something."""

from typing import Any, Final, Self

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

_NAME: Final = "columba_rules"
_CONNECTIONS: Final = "columba_rules_connections"
_SHELTERS: Final = "columba_rules_shelters"
_GIVE_UP: Final = frozenset({"postgresql", "cockroachdb"})
"""Databases that give a transaction up over one query that failed, and say nothing when it is then committed."""


def connection_joined(session: Session, connection: Connection) -> None:
    """Take note that a session's transaction is on this connection, too; shelters that are open cover it from now on.

    Asking the session for its connections could open more of them, where each statement has its own database.
    """
    session.info.setdefault(_CONNECTIONS, set()).add(connection)
    for shelter in session.info.get(_SHELTERS, ()):
        shelter.cover(connection)


def connections_left(session: Session) -> None:
    """Take note that the transaction is over."""
    session.info.pop(_CONNECTIONS, None)


def connections_of(session: Session) -> frozenset[Connection]:
    """Return the connections that the transaction is on."""
    return frozenset(session.info.get(_CONNECTIONS, ()))


def raise_if_given_up(session: Session) -> None:
    """Raise what the database raises if it would roll back what is about to be committed.

    No savepoint is before what app code asks by a cursor of the driver's own, and it may keep its failures to itself.
    """
    for connection in connections_of(session):
        if connection.dialect.name in _GIVE_UP:
            connection.exec_driver_sql("SELECT 1")


class Shelter:
    """While it is open, what is asked on the session's connections lies behind a savepoint, and `undo` goes back to it.

    Some databases give a whole transaction up over one query that failed: what the app has saved would be rolled back.
    The savepoints are the databases' own: those of a session are told to everybody who listens to its commits, and
    those of a connection cannot be gone back to once they could not be released. Statements of every sort are watched,
    but not the driver's own cursors.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connections: list[Connection] = []
        self._begun: list[Connection] = []
        self._beginning = False

    def cover(self, connection: Connection) -> None:
        """Watch this connection, too; doing it twice is harmless."""
        if connection not in self._connections:
            event.listen(connection, "before_cursor_execute", self._begin)
            self._connections.append(connection)

    def undo(self) -> None:
        """Go back to the savepoints."""
        for connection in self._begun:
            connection.dialect.do_rollback_to_savepoint(connection, _NAME)

    def release(self) -> None:
        """End the savepoints; raises what the database raises, and has undone all then."""
        try:
            self._release()
        except Exception:
            self.undo()
            self._release()
            raise
        finally:
            self._begun.clear()

    def __enter__(self) -> Self:
        """Begin to watch."""
        for connection in connections_of(self._session):
            self.cover(connection)
        self._session.info.setdefault(_SHELTERS, []).append(self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Watch no more."""
        self._session.info[_SHELTERS].remove(self)
        for connection in self._connections:
            event.remove(connection, "before_cursor_execute", self._begin)

    def _begin(self, connection: Connection, *_statement: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event
        if self._beginning or connection in self._begun:
            return
        self._beginning = True
        try:
            connection.dialect.do_savepoint(connection, _NAME)
        finally:
            self._beginning = False
        self._begun.append(connection)

    def _release(self) -> None:
        for connection in self._begun:
            connection.dialect.do_release_savepoint(connection, _NAME)
