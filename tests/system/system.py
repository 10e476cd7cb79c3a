"""Columba as its users run it: real commands in processes of their own, on real servers."""

import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from columba_producer import EventRequest, Producer
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.tables import attempt, delivery
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare
from sqlalchemy import Engine, Executable, func, select

from tests.services.smtp_control import SmtpProcess
from tests.services.smtp_record import Mail, accepted
from tests.system import forks

Row: TypeAlias = Any
Story: TypeAlias = Any
"""What JSON holds."""

TORTURE: Final = os.environ.get("COLUMBA_TORTURE") == "1"
"""Whether faults are tested at full size; the code is the same."""
PATIENCE_SECONDS: Final = 900.0 if TORTURE else 90.0

_PROJECT: Final = str(Path(__file__).parents[2])
_TEMPLATES: Final = {
    "email.subject.txt": "Invoice {{ number }}",
    "email.txt": "Hello,\n\nyour invoice {{ number }} is ready.\n",
    "email.html": "<p>Hello,</p><p>your invoice <b>{{ number }}</b> is ready.</p>",
}


def scaled(small: int, full: int) -> int:
    """Return the number for this run: small in `make test`, full in `make torture`."""
    return full if TORTURE else small


def until(condition: Callable[[], bool], what: str | Callable[[], str], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Poll until the condition holds; fail with ``what``, or what it tells then, at the deadline."""
    begun = time.monotonic()
    while not condition():
        waited = time.monotonic() - begun
        if waited > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(min(0.15, 0.05 + waited / 30))  # a look is work, in the database as well


@dataclass(slots=True)
class Process:
    """One running command of columba's."""

    process: "forks.Forked | subprocess.Popen[bytes]"
    log: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it with SIGKILL, and prove that this is how it ended."""
        self.process.kill()
        assert self.process.wait(timeout=30) == -signal.SIGKILL

    def stop(self) -> int:
        """Ask it to stop, once it has come far enough to hear that; return its exit status."""
        until(self._hears, f"{self.log.name} tells of a process that heeds SIGTERM")
        self.process.terminate()
        return self.process.wait(timeout=60)

    def _hears(self) -> bool:
        """Whether it catches SIGTERM, or has ended."""
        if not self.running:
            return True
        (caught,) = re.findall(r"SigCgt:\t([0-9a-f]+)", Path(f"/proc/{self.pid}/status").read_text())
        return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)

    def told(self, fact: str) -> bool:
        """Whether its log has this fact."""
        return fact in self.log.read_text()


@dataclass(slots=True)
class System:
    """The folder, the servers' addresses and the processes of one test."""

    folder: Path
    broker_url: str
    database_url: str
    smtp: SmtpProcess
    settings: dict[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ("email",)
    _stack: ExitStack = field(default_factory=ExitStack)
    _started: int = 0
    _engine: Engine | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether it runs without a broker."""
        return self.broker_url == "memory://"

    @property
    def environment(self) -> dict[str, str]:
        """What the commands read their settings from."""
        own = {
            "COLUMBA_BROKER_URL": self.broker_url,
            "COLUMBA_DATABASE_URL": self.database_url,
            "COLUMBA_SMTP_URL": self.smtp.url,
            "COLUMBA_MAIL_FROM": "shop@example.org",
            "COLUMBA_TEMPLATES": str(self.folder / "templates"),
            "COLUMBA_LEASE": "2",
            "COLUMBA_RECONCILE_EVERY": "1",
            "COLUMBA_RECONCILE_GRACE": "5",
            "COLUMBA_RETRY_FIRST": "1",
            "COLUMBA_RETRY_LONGEST": "2",
            "PYTHONPATH": os.pathsep.join((str(self.folder), _PROJECT)),
            "COLUMBA_TARGETS": ",".join(self.targets),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COLUMBA_")}
        return kept | own | self.settings

    @property
    def engine(self) -> Engine:
        """The log."""
        if self._engine is None:
            self._engine = connect(self.database_url)
        return self._engine

    def prepare(self) -> None:
        """Write the templates, create the tables, declare the topology."""
        templates = self.folder / "templates" / "invoice.ready"
        templates.mkdir(parents=True)
        for name, text in _TEMPLATES.items():
            (templates / name).write_text(text)
        migrate(self.engine)
        if not self.is_embedded:
            declare(Plan.for_targets(self.targets), Access.to(self.broker_url))

    def columba(self, *arguments: str, status: int = 0) -> str:
        """Run a command to its end, check its exit status and return what it printed."""
        ran = forks.run(*arguments, folder=self.folder, environment=self.environment)
        assert ran.status == status, f"columba {arguments}: {ran.status}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def start(self, *arguments: str, **settings: str) -> Process:
        """Start a command that runs until it is stopped; it ends with the test."""
        self._started += 1
        log = self.folder / f"{self._started:03}-{arguments[0]}.log"
        environment = self.environment | settings
        process = forks.start("columba_consumers", *arguments, folder=self.folder, environment=environment, log=log)
        self._stack.callback(_end, process)
        return Process(process, log)

    def producer(self) -> Producer:
        """Return a producer as an app makes one: through the broker, or embedded through the database."""
        url = self.database_url if self.is_embedded else self.broker_url
        return Producer(url, targets=self.targets, blobs=self.database_url)

    def enqueue(self, count: int, *, name: str = "r") -> list[str]:
        """Publish ``count`` invoices to as many people; return their addresses."""
        addresses = [f"{name}{number:06}@example.org" for number in range(count)]
        requests = (
            EventRequest(kind="invoice.ready", to=address, context={"number": number})
            for number, address in enumerate(addresses)
        )
        with self.producer() as producer:
            producer.enqueue_many(requests)
        return addresses

    def states(self) -> Counter[str]:
        """Return how many deliveries are in which state."""
        query = select(delivery.c.state, func.count()).group_by(delivery.c.state)
        with self.engine.connect().execution_options(reading=True) as connection:
            return Counter(dict(connection.execute(query).all()))

    def await_states(self, wanted: Mapping[str, int]) -> None:
        """Wait until the log has exactly these states."""

        def reached() -> bool:
            return self.states() == Counter(wanted)

        try:
            until(reached, f"the log's states are {dict(wanted)}")
        except AssertionError as error:
            reasons = {row.reason for row in self.rows(select(delivery.c.reason).distinct().limit(10))} - {None}
            raise AssertionError(f"{error}; they are {dict(self.states())}, for these reasons: {reasons}") from None

    def outcomes(self) -> Counter[str]:
        """Return how many attempts led to which outcome."""
        query = select(attempt.c.outcome, func.count()).group_by(attempt.c.outcome)
        with self.engine.connect().execution_options(reading=True) as connection:
            return Counter(dict(connection.execute(query).all()))

    def deliveries(self, address: str) -> list[Row]:
        """Return the deliveries to an address."""
        return self.rows(select(delivery).where(delivery.c.address == address))

    def await_state(self, address: str, state: str) -> Row:
        """Wait until the one delivery to an address is in this state; return its row."""
        rows: list[Row] = []

        def reached() -> bool:
            rows[:] = self.deliveries(address)
            return [row.state for row in rows] == [state]

        until(reached, lambda: f"{address} is {state}, not {[(row.state, row.reason) for row in rows]}")
        return rows[0]

    def attempts(self, address: str) -> list[Row]:
        """Return the attempts at the delivery to an address, oldest first."""
        query = select(attempt).join(delivery, delivery.c.id == attempt.c.delivery_id)
        return self.rows(query.where(delivery.c.address == address).order_by(attempt.c.claim))

    def mails(self, address: str) -> list[Mail]:
        """Return the mails that the server took for an address."""
        return [mail for mail in accepted(self.smtp.entries()) if address in mail.rcpt_to]

    def rows(self, statement: Executable) -> list[Row]:
        """Return what a query of the log finds."""
        with self.engine.connect().execution_options(reading=True) as connection:
            return list(connection.execute(statement))

    def explain(self, address: str) -> Story:
        """Return the story of an address, as `columba explain --json` tells it."""
        return json.loads(self.columba("explain", address, "--json"))

    def close(self) -> None:
        """End every process that is left."""
        self._stack.close()
        if self._engine is not None:
            self._engine.dispose()


@contextmanager
def running(system: System) -> Iterator[System]:
    """Prepare a system, and leave nothing of it."""
    try:
        system.prepare()
        yield system
    finally:
        system.close()


def _end(process: forks.Forked) -> None:
    if process.poll() is None:
        process.kill()
    process.wait(timeout=30)
