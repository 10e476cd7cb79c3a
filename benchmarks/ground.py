"""The ground that a measurement stands on: a fresh virtual host with its queues, a fresh log, and the settings."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from columba_producer import Producer
from columba_shared.event import Lane
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan, target_queue
from columba_shared.topology.declare import declare, depths

from benchmarks.sink import Sink
from benchmarks.workload import SENDER, TEMPLATES
from tests.services.blank import blank_template
from tests.services.processes import MARK
from tests.services.services import Services

_QUEUES = tuple(target_queue("email", lane) for lane in Lane)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where the product works, and where its work can be counted."""

    broker_url: str
    database_url: str
    sink: Sink
    mark: str
    """What the servers' guard recognises our processes by, should this one be killed."""

    def producer(self) -> Producer:
        """Return a producer for this ground's broker."""
        return Producer(self.broker_url, name="bench")

    def environment(self, *, connections: int) -> Mapping[str, str]:
        """Return the environment of a consumer, in which nothing of the caller's settings is left."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "COLUMBA_ENV_FILE": os.devnull,
            "COLUMBA_BROKER_URL": self.broker_url,
            "COLUMBA_DATABASE_URL": self.database_url,
            "COLUMBA_SMTP_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "COLUMBA_SMTP_CONNECTIONS": str(connections),
            "COLUMBA_MAIL_FROM": SENDER,
            "COLUMBA_TEMPLATES": str(TEMPLATES),
            "COLUMBA_LOG_LEVEL": "warning",
            MARK: self.mark,
        }

    @property
    def address(self) -> str:
        """The log's database as psycopg names it."""
        return self.database_url.replace("+psycopg", "")

    @contextmanager
    def log(self) -> Iterator["Log"]:
        """Lend the log, to be counted in."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            yield Log(connection)

    def waiting(self) -> int:
        """Return how many messages are ready in the target's queues."""
        return sum(depth or 0 for depth in depths(_QUEUES, Access.to(self.broker_url)).values())


class Log:
    """What the log says."""

    def __init__(self, connection: psycopg.Connection) -> None:
        """Ask over this connection."""
        self._connection = connection

    def count(self, query: str) -> int:
        """Return what this query counts."""
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def fresh_ground(services: Services, sink: Sink) -> Iterator[Ground]:
    """Prepare a ground that nothing was ever done on, and remove it afterwards."""
    blank = blank_template(services.postgres)
    with services.rabbitmq.vhost() as broker_url, services.postgres.database(like=blank) as database_url:
        declare(Plan.for_targets(("email",)), Access.to(broker_url))
        sink.take()
        yield Ground(broker_url=broker_url, database_url=database_url, sink=sink, mark=str(services.root))
