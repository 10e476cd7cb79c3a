"""A large purge beside consumers that write: whoever delivers hardly notices."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from threading import Event

import pytest
from columba_shared.clock import utc_now
from columba_shared.log.tables import attempt, delivery, event
from columba_shared.log.writer import writer_for
from sqlalchemy import Engine, Table, func, select

from tests.contract.log.entries import claim_of, deliveries, settlement_of
from tests.faults.conftest import Tell
from tests.services.postgres import Postgres
from tests.services.smtp_control import SmtpProcess
from tests.system.masses import fill
from tests.system.system import PATIENCE_SECONDS, Process, System, running, scaled, until

COUNT = scaled(8_000, 10_000_000)
SPAN = timedelta(days=100)
PERCENT = scaled(90, 99)
"""The commits of a short run are too few for the slowest hundredth of them to mean anything."""
AT_PEACE_SECONDS = scaled(2, 60)
BATCH, CONSUMERS, PAUSE_SECONDS = scaled(20, 50), 2, 0.01


@dataclass
class Consumers:
    """Claim and settle batches as consumers do, and time every commit."""

    log: Engine
    seconds: list[float] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)

    def work(self) -> int:
        """Write until stopped; return how many deliveries were sent."""
        writer, sent = writer_for(self.log), 0
        with self.log.connect() as connection:
            while not self._stop.wait(PAUSE_SECONDS):
                claims = [claim_of(each, at=utc_now()) for each in deliveries(BATCH)]
                began = time.monotonic()
                with connection.begin():
                    assert not writer.claim(connection, claims)
                claimed = time.monotonic()
                with connection.begin():
                    writer.settle(connection, [settlement_of(claim, at=utc_now()) for claim in claims])
                self.seconds += [claimed - began, time.monotonic() - claimed]
                sent += BATCH
        return sent

    @contextmanager
    def at_work(self) -> Iterator[list[int]]:
        """Let several write meanwhile; afterwards the list says how much each has sent."""
        sent: list[int] = []
        with ThreadPoolExecutor(CONSUMERS) as pool:
            working = [pool.submit(self.work) for _ in range(CONSUMERS)]
            yield sent
            self._stop.set()
            sent += [each.result() for each in working]

    @property
    def slow(self) -> float:
        """How many seconds all but the slowest few commits took at most."""
        return quantiles(self.seconds, n=100)[PERCENT - 1]


@pytest.fixture
def full(tmp_path: Path, postgres: Postgres, postgres_url: str, smtp: SmtpProcess) -> Iterator[System]:
    """A log of a hundred days on a server of its own."""
    del postgres
    with running(System(tmp_path, "memory://", postgres_url, smtp)) as system:
        fill(system.engine, COUNT)
        yield system


def test_consumers_hardly_notice_that_half_of_the_log_is_purged(full: System, tell: Tell) -> None:
    ((newest,),) = full.rows(select(func.max(delivery.c.created_at)))
    before, beside = Consumers(full.engine), Consumers(full.engine)
    with before.at_work() as sent_before:
        time.sleep(AT_PEACE_SECONDS)  # not for a result: this is how long it is watched
    began = time.monotonic()
    with beside.at_work() as sent_beside:
        purging = full.start("purge", "--older-than", "50d", "--yes", "--json")
        until(lambda: not purging.running, "the purge is over", seconds=4 * PATIENCE_SECONDS)
    took = timedelta(seconds=time.monotonic() - began)
    at_peace, slowed = before.slow * 1000, beside.slow * 1000
    sent = sum(sent_before) + sum(sent_beside)
    purged = COUNT + sent - _count(full, delivery)
    tell(
        f"purged {purged:,} of {COUNT:,} in {took}: {purged / took.total_seconds():,.0f}/s; {PERCENT} % of commits "
        f"took {at_peace:.1f} ms without and {slowed:.1f} ms with it ({len(before.seconds):,}, {len(beside.seconds):,})"
    )
    assert purging.process.returncode == 0, purging.log.read_text()
    assert {_count(full, table) for table in (delivery, event, attempt)} == {COUNT - purged + sent}
    assert abs(purged - _older_than(newest, purging)) <= 1
    assert slowed <= max(scaled(5, 2) * at_peace, at_peace + scaled(200, 20))


def _older_than(newest: datetime, purging: Process) -> float:
    """Return how many of those there were at first were older than what the purge says it took for old."""
    (told,) = (json.loads(line) for line in purging.log.read_text().splitlines() if line.startswith("{"))
    return COUNT * (1 - (newest - datetime.fromisoformat(told["before"])) / SPAN)


def _count(system: System, table: Table) -> int:
    ((number,),) = system.rows(select(func.count()).select_from(table))
    return int(number)
