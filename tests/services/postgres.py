"""A private PostgreSQL server: own port, own folder, loopback only, as durable as a real one."""

import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql

from tests.services.deadlines import wait_until
from tests.services.ports import LOOPBACK
from tests.services.process import Process
from tests.services.processes import children, is_running
from tests.services.programs import POSTGRES
from tests.services.readiness import await_ready

_USER = "columba"
_STOPS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}

# A time zone that is not UTC shows whoever forgot to ask for UTC. Shared memory lies in files: nothing stays behind.
_CONFIG = """
listen_addresses = '{address}'
port = {port}
unix_socket_directories = '{folder}'
timezone = 'Asia/Kolkata'
dynamic_shared_memory_type = mmap
shared_buffers = 64MB
max_connections = 200
"""

Mode = Literal["smart", "fast", "immediate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """The server, with control over its life for tests of faults."""

    root: Path
    port: int
    process: Process

    @classmethod
    def at(cls, root: Path, ports: Iterator[int]) -> "Postgres":
        """Return the server of this folder; one port is taken."""
        return cls(root=root, port=next(ports), process=Process(root=root, name="postgres", user=POSTGRES.user))

    @property
    def url(self) -> str:
        """The server's default database."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://{_USER}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, or the same one again, and return once it takes connections."""
        if self.process.pid() is not None:
            return
        self.process.prepare()
        data = self.process.folder / "data"
        if not (data / "PG_VERSION").exists():
            initdb = POSTGRES.program("initdb")
            self.process.run(
                [initdb, "-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
            )
            config = _CONFIG.format(address=LOOPBACK, port=self.port, folder=self.process.folder)
            with (data / "postgresql.conf").open("a") as file:
                file.write(config)
        self.process.start([POSTGRES.program("postgres"), "-D", str(data)])
        await_ready(self.process, self._talks, within=timedelta(seconds=60))

    def stop(self, mode: Mode = "fast") -> None:
        """Stop as `pg_ctl stop -m MODE` does."""
        self.process.stop(_STOPS[mode])

    def kill(self) -> None:
        """Kill the server where it stands, and return when its connections' processes have noticed and followed."""
        pid = self.process.pid()
        followers = children(pid) if pid else []
        self.process.stop(signal.SIGKILL)
        wait_until(lambda: not any(map(is_running, followers)), within=timedelta(seconds=30))

    def restart(self, mode: Mode = "fast") -> None:
        """Stop in the given mode and start again."""
        self.stop(mode)
        self.start()

    @contextmanager
    def database(self, *, like: str | None = None) -> Iterator[str]:
        """Give the URL of a fresh database, empty or like another one, and drop it afterwards."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.create(name, like=like)
        try:
            yield self.url_of(name)
        finally:
            if self.process.pid() is not None:
                self._drop(name)

    def databases(self) -> set[str]:
        """Return the names of all databases."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}

    def create(self, name: str, *, like: str | None = None) -> None:
        """Make a database, empty or like another one, to which nobody may be connected."""
        template = sql.SQL("") if like is None else sql.SQL(" TEMPLATE {}").format(sql.Identifier(like))
        self._administer(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), template))

    def rename(self, name: str, other: str) -> None:
        """Give a database another name; when somebody else was first with that one, drop it instead."""
        try:
            self._administer(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(other))
            )
        except psycopg.errors.DuplicateDatabase:
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(statement)

    def _talks(self) -> bool:
        try:
            psycopg.connect(self._address, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _address(self) -> str:
        return self.url.replace("+psycopg", "")
