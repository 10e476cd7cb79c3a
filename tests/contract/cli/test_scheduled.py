"""What was deferred is listed within a second of its publish: an operator who looks at once finds it."""

import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

import pytest
from columba_producer import Producer
from columba_shared.log.tables import delivery
from sqlalchemy import Engine, select

from tests.contract.cli.shell import Shell, running, until

WITHIN_SECONDS = 1.0
"""What is promised. A listing takes a while to start, so the log itself is looked at for it."""


@pytest.fixture
def log(shell: Shell) -> Iterator[Engine]:
    """What `columba list` reads."""
    engine = shell.log()
    yield engine
    engine.dispose()


@pytest.fixture
def recorded(shell: Shell) -> Iterator[None]:
    """Whoever records what is deferred in this mode is at work."""
    with running(shell, "up" if shell.broker_url == "memory://" else "ledger"):
        yield


@pytest.fixture
def producer(shell: Shell) -> Iterator[Producer]:
    """A producer as an app makes one."""
    with Producer(shell.database_url if shell.broker_url == "memory://" else shell.broker_url) as producer:
        yield producer


def seconds_until_scheduled(log: Engine, address: str) -> float:
    """Return how long it took from now until a listing of what is scheduled would have it."""
    began = time.monotonic()
    query = select(delivery.c.id).where(delivery.c.address == address, delivery.c.state == "scheduled")

    def there() -> bool:
        with log.connect().execution_options(reading=True) as connection:
            return connection.scalar(query) is not None

    until(there, f"{address} is scheduled")
    return time.monotonic() - began


@pytest.mark.usefixtures("recorded")
def test_a_deferred_event_is_listed_within_a_second_of_its_publish(
    shell: Shell, log: Engine, producer: Producer
) -> None:
    people = [f"later{number}@example.org" for number in range(5)]
    waited = []
    for person in people:
        producer.enqueue("invoice.ready", to=person, context={"number": 1}, defer_for=timedelta(hours=1))
        waited.append(seconds_until_scheduled(log, person))
    assert median(waited) < WITHIN_SECONDS, "one may have met a busy moment of the machine"
    listed = shell.run("list", "--status", "scheduled", "--json").lines
    assert {line["address"] for line in listed} == set(people)
    assert {line["state"] for line in listed} == {"scheduled"}
