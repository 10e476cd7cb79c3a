"""A set of the three servers in one private folder."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from tests.services.folder import private_folder
from tests.services.mariadb import MariaDB
from tests.services.ports import free_ports
from tests.services.postgres import Postgres
from tests.services.process import Process
from tests.services.processes import sweep
from tests.services.rabbitmq import RabbitMQ

_PORTS = 5


class Server(Protocol):
    """What the three have in common."""

    @property
    def process(self) -> Process:
        """The server's process."""

    @property
    def url(self) -> str:
        """The way in."""

    def start(self) -> None:
        """Start, unless it runs, and return once it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The three servers of one folder, none of them started by making this."""

    root: Path
    ports: tuple[int, ...]
    rabbitmq: RabbitMQ
    postgres: Postgres
    mariadb: MariaDB

    @classmethod
    def create(cls) -> Self:
        """Make a new private folder (a short path: Unix sockets refuse long ones) and choose free ports.

        The maker ends it: with close(), or by wrapping it in guarded(), which holds even against a kill.
        """
        free = free_ports(restarting=True)
        return cls.at(private_folder(), tuple(next(free) for _ in range(_PORTS)))

    @classmethod
    def at(cls, root: Path, ports: tuple[int, ...]) -> Self:
        """Return the set that lives in this folder with these ports."""
        left = iter(ports)
        return cls(
            root=root,
            ports=ports,
            rabbitmq=RabbitMQ.at(root, left),
            postgres=Postgres.at(root, left),
            mariadb=MariaDB.at(root, left),
        )

    @classmethod
    def saved(cls, note: Path) -> Self | None:
        """Return the set that the note tells of, or None when there is no note or its folder is gone."""
        try:
            told = json.loads(note.read_text())
        except FileNotFoundError:
            return None
        root = Path(told["root"])
        return cls.at(root, tuple(told["ports"])) if root.is_dir() else None

    def save(self, note: Path) -> None:
        """Write the note by which another process finds this set."""
        note.parent.mkdir(exist_ok=True)
        note.write_text(json.dumps({"root": str(self.root), "ports": self.ports}))

    @property
    def servers(self) -> tuple[Server, ...]:
        """All three."""
        return (self.rabbitmq, self.postgres, self.mariadb)

    def close(self) -> None:
        """End all servers and remove their folder."""
        sweep(self.root)
        for server in self.servers:
            server.process.reap()


def start(servers: Iterable[Server]) -> None:
    """Start several servers at once: the broker takes five seconds, the databases one each."""
    with ThreadPoolExecutor() as pool:
        for started in [pool.submit(server.start) for server in servers]:
            started.result()
