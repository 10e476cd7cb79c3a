"""docker-compose.yml without Docker: its commands with its settings and its secrets, on real servers."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg
from columba_shared.log.engine import connect
from psycopg import sql
from sqlalchemy import Engine, Executable

from deploy.prepare import DATABASE, VHOST, prepare
from tests.live.deploy.node import DeployedNode
from tests.services.ports import LOOPBACK
from tests.services.postgres import Postgres
from tests.services.smtp_control import SmtpProcess
from tests.system import forks
from tests.system.system import Process
from tests.unit.deploy.compose import PROJECT, SECRETS, Service, services

TARGETS: Final = ("email", "sms")
"""Those that have roles and queues; processes run for email alone."""
VARIABLES: Final = {
    "COLUMBA_MAIL_FROM": "shop@example.org",
    "COLUMBA_UNSUBSCRIBE_URL": "https://mail.example.org/unsubscribe",
    "COLUMBA_UNSUBSCRIBE_CATEGORIES": "newsletter",
    "COLUMBA_BOUNCE_ADDRESS": "bounces@example.org",
}
APP: Final = PROJECT / "examples" / "shop"
HASTE: Final = {
    "COLUMBA_LEASE": "6",
    "COLUMBA_RECONCILE_EVERY": "1",
    "COLUMBA_RECONCILE_GRACE": "5",
    "COLUMBA_RETRY_FIRST": "1",
    "COLUMBA_RETRY_LONGEST": "2",
    "COLUMBA_WEB_LISTEN": f"{LOOPBACK}:0",
}
"""What a test cannot wait for, and a port that nobody has."""

Row: TypeAlias = Any
"""What the database gives."""


@dataclass(slots=True, kw_only=True)
class Installation:
    """Its folder, its servers and its processes."""

    folder: Path
    node: DeployedNode
    postgres: Postgres
    smtp: SmtpProcess
    services: dict[str, Service] = field(default_factory=lambda: services(VARIABLES))
    _running: list[Process] = field(default_factory=list)
    _started: int = 0
    _engine: Engine | None = None

    @property
    def secrets(self) -> Path:
        """Where `make secrets` put them."""
        return self.folder / "secrets"

    def make_secrets(self) -> None:
        """Make the secrets; the servers are elsewhere than in the compose file, as somebody may have edited them."""
        assert prepare(self.secrets, TARGETS, smtp_url=self.smtp.url) == ()
        for url in self.secrets.glob("*_url_*"):
            text = url.read_text().replace("@rabbitmq:5672", f"@{LOOPBACK}:{self.node.port}")
            url.write_text(text.replace("@postgres:5432", f"@{LOOPBACK}:{self.postgres.port}"))

    def make_database(self) -> None:
        """Do what PostgreSQL's image does the first time; from then on its roles need their passwords."""
        with psycopg.connect(self.postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
            user = connection.info.user
        environment = {
            "PATH": os.environ["PATH"],
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.postgres.port),
            "POSTGRES_USER": user,
            "POSTGRES_DB": DATABASE,
            "SECRETS": str(self.secrets),
        }
        subprocess.run([PROJECT / "deploy" / "postgres" / "roles.sh"], env=environment, check=True)  # noqa: S603 - ours
        rules = self.postgres.process.folder / "data" / "pg_hba.conf"
        rules.write_text(f"host all columba_owner,columba_app {LOOPBACK}/32 scram-sha-256\n{rules.read_text()}")
        with psycopg.connect(self.postgres.url.replace("+psycopg", "")) as connection:
            connection.execute("SELECT pg_reload_conf()")

    def secret(self, name: str) -> str:
        """Return what a secret holds."""
        return (self.secrets / name).read_text()

    def url_of_role(self, role: str) -> str:
        """Return a role's way to the broker."""
        return self.secret(f"broker_url_{role}")

    def environment(self, name: str) -> dict[str, str]:
        """Return what a process of this service finds in its container, with the places of this installation."""
        told = {
            key: value.replace(SECRETS, str(self.secrets)).replace("/app", str(APP))
            for key, value in self.services[name].environment.items()
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith("COLUMBA_")}
        return kept | told | HASTE | {"PYTHONPATH": str(APP)}

    def run(self, name: str, *arguments: str, status: int = 0) -> str:
        """Run a service to its end, as `docker compose run --rm` does, and return what it printed."""
        command = arguments or tuple(self.services[name].command)
        ran = forks.run(*command, folder=APP, environment=self.environment(name))
        assert ran.status == status, f"{name} {arguments}: {ran}"
        return ran.stdout

    def start(self, name: str) -> Process:
        """Start one container of a service; it ends with the installation."""
        self._started += 1
        log = self.folder / f"{self._started:03}-{name}.log"
        process = forks.start(
            "columba_consumers",
            *self.services[name].command,
            folder=APP,
            environment=self.environment(name) | {"COLUMBA_ALIVE_FILE": str(log.with_suffix(".alive"))},
            log=log,
        )
        running = Process(process, log)
        self._running.append(running)
        return running

    def healthy(self, running: Process) -> bool:
        """Ask as the image's health check does."""
        alive = running.log.with_suffix(".alive")
        if not alive.exists():  # looking is quicker than asking, again and again while it starts
            return False
        environment = os.environ | {"COLUMBA_ALIVE_FILE": str(alive)}
        return forks.run(folder=APP, environment=environment, program="columba_consumers.process.alive").status == 0

    def told_by(self, name: str) -> str:
        """Return the logs of what was started of a service since the last stop."""
        return "".join(each.log.read_text() for each in self._running if each.log.stem.endswith(f"-{name}"))

    def told(self) -> str:
        """Return the ends of the logs since the last stop, and what the broker has, to explain a failure."""
        logs = (f"== {each.log.name}\n{each.log.read_text()[-4000:]}" for each in self._running)
        asked = ("name", "messages_ready", "messages_unacknowledged", "consumers")
        return "\n".join((*logs, self.node.ctl("list_queues", "--vhost", VHOST, *asked)))

    def rows(self, statement: Executable) -> list[Row]:
        """Return what a query of the log finds, in the role of the processes."""
        if self._engine is None:
            self._engine = connect(self.secret("database_url_app"))
        with self._engine.connect() as connection:
            return list(connection.execute(statement))

    def close(self) -> None:
        """End every process and part from the database."""
        self.stop()
        if self._engine is not None:
            self._engine.dispose()

    def stop(self) -> None:
        """End every process that is left."""
        while self._running:
            _end(self._running.pop())

    def purge(self) -> None:
        """Empty the broker, as nobody but its administrator may."""
        queues = f'rabbit_amqqueue:list(<<"{VHOST}">>)'
        self.node.eval(f"[rabbit_amqqueue:purge(Queue) || Queue <- {queues}], ok")


def _end(running: Process) -> None:
    if running.running:
        running.process.kill()
    running.process.wait(timeout=30)
