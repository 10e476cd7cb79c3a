"""The servers as pytest fixtures.

`amqp_url`, `postgres_url` and `mariadb_url` give each test a fresh virtual host or database of its own. A test that
stops, kills or restarts a server asks for `rabbitmq`, `postgres` or `mariadb`; it runs again for the next one.
`mail_url` is a virtual host that one test hands on to the next. `cluster` is three brokers that are one, the test's
own.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services.blank import blank_template
from tests.services.cluster import Cluster
from tests.services.guard import guarded
from tests.services.launch import Launch
from tests.services.mariadb import MariaDB
from tests.services.needed import needed
from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMQ
from tests.services.services import Services
from tests.services.vhosts import Vhosts, fresh

_SETTING = "COLUMBA_TEST_SERVICES"
_WANTED_BY = {
    "rabbitmq": {"rabbitmq", "amqp_url", "mail_url", "mail_broker"},
    "postgres": {"postgres", "postgres_url", "postgres_log_url"},
    "mariadb": {"mariadb", "mariadb_url"},
}


@pytest.fixture(scope="session")
def own_launch() -> Iterator[Launch]:
    """Servers of this run alone: they may be broken."""
    with ExitStack() as stack:
        launch = stack.enter_context(Launch.of(Services.create()))
        stack.enter_context(guarded(launch.services))
        yield launch


@pytest.fixture(scope="session")
def launch(request: pytest.FixtureRequest) -> Iterator[Launch]:
    """The servers kept running for development when there are any, else this run's own."""
    folder = os.environ.get(_SETTING)
    kept = Services.saved(Path(folder) / "set.json") if folder else None
    if kept is None:
        yield request.getfixturevalue("own_launch")
        return
    with Launch.of(kept) as borrowed:
        yield borrowed


@pytest.fixture
def rabbitmq(request: pytest.FixtureRequest) -> Iterator[RabbitMQ]:
    """A broker to break."""
    broker = _up(request, "rabbitmq").rabbitmq
    yield broker
    broker.start()


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A PostgreSQL server to break."""
    server = _up(request, "postgres").postgres
    yield server
    server.start()


@pytest.fixture
def mariadb(request: pytest.FixtureRequest) -> Iterator[MariaDB]:
    """A MariaDB server to break."""
    server = _up(request, "mariadb").mariadb
    yield server
    server.start()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Three nodes of a broker to break, ended after the test."""
    with guarded(Cluster.create()) as nodes:
        with needed():
            nodes.start()
        yield nodes


@pytest.fixture
def amqp_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh virtual host, deleted after the test."""
    with _up(request, "rabbitmq").rabbitmq.vhost() as url:
        yield url


@pytest.fixture(scope="session")
def vhosts(launch: Launch) -> Iterator[Vhosts]:
    """Virtual hosts in which everything for mail is declared."""
    launch.begin("rabbitmq")
    launch.await_up("rabbitmq")
    kept = Vhosts(launch.services.rabbitmq)
    yield kept
    kept.close()


@pytest.fixture
def mail_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A virtual host in which everything for mail is declared and nothing waits; a fresh one where brokers break."""
    services = _up(request, "rabbitmq")
    with ExitStack() as stack:
        if _breaks(request.fixturenames):
            yield stack.enter_context(fresh(services.rabbitmq))
        else:
            vhosts: Vhosts = request.getfixturevalue("vhosts")
            yield stack.enter_context(vhosts.lent())


@pytest.fixture
def mail_broker(request: pytest.FixtureRequest) -> RabbitMQ:
    """The broker of `mail_url`, to be asked and left as it is."""
    return _up(request, "rabbitmq").rabbitmq


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, empty PostgreSQL database, dropped after the test."""
    with _up(request, "postgres").postgres.database() as url:
        yield url


@pytest.fixture
def postgres_log_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh PostgreSQL database with the log's tables and nothing in them, dropped after the test."""
    server = _up(request, "postgres").postgres
    with server.database(like=blank_template(server)) as url:
        yield url


@pytest.fixture
def mariadb_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, empty MariaDB database, dropped after the test."""
    with _up(request, "mariadb").mariadb.database() as url:
        yield url


def _up(request: pytest.FixtureRequest, name: str) -> Services:
    """Return the set a test uses, this server answering. A test that may break servers uses none that others share."""
    launch: Launch = request.getfixturevalue("own_launch" if _breaks(request.fixturenames) else "launch")
    launch.begin(*_wanted_beside(request))
    with needed():
        launch.await_up(name)
    return launch.services


def _breaks(fixtures: Iterable[str]) -> bool:
    return not _WANTED_BY.keys().isdisjoint(fixtures)


def _wanted_beside(request: pytest.FixtureRequest) -> list[str]:
    """Return the servers that this test's set needs for any test of this run, so that they start side by side."""
    tests = [item.fixturenames for item in request.session.items if isinstance(item, pytest.Function)]
    same_set = [fixtures for fixtures in tests if _breaks(fixtures) == _breaks(request.fixturenames)]
    asked = {fixture for fixtures in same_set for fixture in fixtures}
    return [name for name, fixtures in _WANTED_BY.items() if not fixtures.isdisjoint(asked)]
