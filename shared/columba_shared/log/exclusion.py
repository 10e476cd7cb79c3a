"""Making tables while nobody else makes any in the same database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, func, select

from columba_shared.log.errors import LogNotReady

_LOCK_SECONDS: Final = 600
_LOCK_NUMBER: Final = int.from_bytes(b"columba", "big")


@contextmanager
def exclusive(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that no other migration of this database runs beside."""
    with engine.begin() as connection:
        # SQLite needs no lock: the engine begins every transaction by taking the write lock.
        match connection.dialect.name:
            case "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK_NUMBER)))
                yield connection
            case "mysql" | "mariadb":
                with _named_lock(connection):
                    yield connection
            case _:
                yield connection


@contextmanager
def _named_lock(connection: Connection) -> Iterator[None]:
    """Hold MySQL's lock of this database's name: one that survives the commits that its DDL brings."""
    name = func.left(func.concat("columba:", func.database()), 64)
    if connection.scalar(select(func.get_lock(name, _LOCK_SECONDS))) != 1:
        raise LogNotReady(f"another migration of this database has been running for {_LOCK_SECONDS} seconds")
    try:
        yield
    finally:
        connection.execute(select(func.release_lock(name)))
