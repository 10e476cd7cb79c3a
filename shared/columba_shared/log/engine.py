"""Connections to the log, with each database told what the log relies on."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from columba_shared.errors import InvalidSetting, MissingExtra
from columba_shared.log.turns import PRIMARY, Writer

BUSY_SECONDS = 30
STALLED_SECONDS = 30
"""After that long without a word in the middle of a transaction, the server ends it: a process that was frozen or cut
off would otherwise keep its rows locked, and whoever gets a copy of one of them waiting, for hours."""
_MOMENT_SECONDS = 0.005
_KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A server that is gone without a word, or a firewall that has forgotten a quiet connection, is noticed in a minute;
the system's own patience is two hours. What the URL says goes before."""
_EXTRAS = {"psycopg": "postgres", "pymysql": "mysql"}


def connect(url: str, *, setting: str = "COLUMBA_DATABASE_URL", pool_size: int = 5) -> Engine:
    """Return an engine for the log; nothing is opened yet. Raises what ``named_by`` does."""
    with named_by(setting):
        parsed = make_url(url)
        options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True}
        if parsed.get_backend_name() != "sqlite":
            options |= {"pool_size": pool_size, "max_overflow": pool_size, "pool_recycle": 1800}
        if parsed.get_backend_name() in {"mysql", "mariadb"}:
            options |= {"isolation_level": "READ COMMITTED"}
        if parsed.get_backend_name() == "sqlite":
            options |= {"connect_args": {"factory": Writer}}
        if parsed.get_driver_name().startswith("psycopg"):
            options |= {"connect_args": {name: _KEEPALIVE[name] for name in _KEEPALIVE.keys() - parsed.query.keys()}}
        engine = create_engine(parsed, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name in {"mysql", "mariadb"}:
        event.listen(engine, "connect", _prepare_mysql)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


@contextmanager
def named_by(setting: str) -> Iterator[None]:
    """Have what is wrong with a URL named by who says it: InvalidSetting for none, MissingExtra without its driver."""
    try:
        yield
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "", "")
        hint = f"; install columba-consumers[{extra}]" if extra else ""
        raise MissingExtra(f"{setting} needs the driver {error.name}{hint}") from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise InvalidSetting(setting, "is no database URL such as postgresql+psycopg://user:…@host/name") from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads: on SQLite it waits for nobody and holds nobody up."""
    with engine.connect().execution_options(reading=True) as connection:
        yield connection


def _prepare_sqlite(connection: DBAPIConnection, record: object) -> None:
    """Readers beside one writer, every commit on disk, and patience instead of 'database is locked'."""
    del record
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    _write_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: DBAPIConnection) -> None:
    """Have the file written ahead; of several who open a new one at once SQLite turns some away, without waiting."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(_MOMENT_SECONDS)
        else:
            return


def _prepare_mysql(connection: DBAPIConnection, record: object) -> None:
    """Refuse what does not fit, whatever the server's defaults: cut short, it would be a lie. End what has stalled."""
    del record
    cursor = connection.cursor()
    # What follows the M is for MariaDB alone; MySQL has nothing like it.
    cursor.execute(f"SET SESSION sql_mode = 'TRADITIONAL' /*M!100300, idle_transaction_timeout = {STALLED_SECONDS} */")
    cursor.close()


def _prepare_postgresql(connection: DBAPIConnection, record: object) -> None:
    """Plan anew each time: a plan kept from when a table was empty reads all of it for every row once it is full.

    End what has stalled.
    """
    del record
    cursor = connection.cursor()
    cursor.execute("SET plan_cache_mode = force_custom_plan")
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{STALLED_SECONDS}s'")
    cursor.close()
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock first: a transaction that reads and then writes would otherwise fail half-way."""
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    try:
        driver.take_turn(patience_seconds=BUSY_SECONDS)
    except sqlite3.OperationalError as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error
