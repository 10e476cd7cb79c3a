"""A private MariaDB server: own port, own folder, loopback only."""

import signal
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pymysql

from tests.services.ports import LOOPBACK
from tests.services.process import Process
from tests.services.programs import MARIADB
from tests.services.readiness import await_ready

_USER = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class MariaDB:
    """The server, with control over its life for tests of faults."""

    root: Path
    port: int
    process: Process

    @classmethod
    def at(cls, root: Path, ports: Iterator[int]) -> "MariaDB":
        """Return the server of this folder; one port is taken."""
        return cls(root=root, port=next(ports), process=Process(root=root, name="mariadb", user=MARIADB.user))

    @property
    def url(self) -> str:
        """The server's own system database: there is no other until a test makes one."""
        return self.url_of("mysql")

    def url_of(self, database: str) -> str:
        """Return the URL of a database."""
        return f"mysql+pymysql://{_USER}@{LOOPBACK}:{self.port}/{database}?charset=utf8mb4"

    def start(self) -> None:
        """Start the server, or the same one again, and return once it takes connections."""
        if self.process.pid() is not None:
            return
        self.process.prepare()
        data = self.process.folder / "data"
        if not data.exists():
            install = MARIADB.program("mariadb-install-db")
            self.process.run(
                [
                    install,
                    "--no-defaults",
                    f"--datadir={data}",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                    "--skip-name-resolve",
                ]
            )
        self.process.start([MARIADB.program("mariadbd"), *self._arguments(data)])
        await_ready(self.process, self._talks, within=timedelta(seconds=60))

    def stop(self) -> None:
        """Stop the server in good order."""
        self.process.stop(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the server where it stands."""
        self.process.stop(signal.SIGKILL)

    def restart(self) -> None:
        """Stop in good order and start again."""
        self.stop()
        self.start()

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of a fresh, empty database, and drop it afterwards."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._administer(f"CREATE DATABASE {name}")
        try:
            yield self.url_of(name)
        finally:
            if self.process.pid() is not None:
                self._administer(f"DROP DATABASE IF EXISTS {name}")

    def _arguments(self, data: Path) -> list[str]:
        return [
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={self.process.folder / 'socket'}",
            f"--pid-file={self.process.folder / 'mariadb.pid'}",
            f"--bind-address={LOOPBACK}",
            f"--port={self.port}",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--innodb-buffer-pool-size=64M",
            # Not UTC: this shows whoever forgot to ask for UTC.
            "--default-time-zone=+05:30",
        ]

    def _administer(self, statement: str) -> None:
        with closing(self._connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def _talks(self) -> bool:
        try:
            self._connect().close()
        except pymysql.OperationalError:
            return False
        return True

    def _connect(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(host=LOOPBACK, port=self.port, user=_USER, connect_timeout=5)
