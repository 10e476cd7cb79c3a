"""The commands run once embedded on SQLite, and once on RabbitMQ and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_shared.log.migration import migrate
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare

from tests.contract.cli.past import Past
from tests.contract.cli.shell import Shell

PLACES = ("embedded", "servers")


@pytest.fixture(params=PLACES)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    """A shell with a database and a broker in which there is nothing yet."""
    shell = Shell(folder=tmp_path)
    if request.param == "servers":
        shell.settings["COLUMBA_DATABASE_URL"] = request.getfixturevalue("postgres_url")
        shell.settings["COLUMBA_BROKER_URL"] = request.getfixturevalue("amqp_url")
    return shell


@pytest.fixture
def shell(bare: Shell) -> Shell:
    """A shell in which everything is set up."""
    return _set_up(bare)


@pytest.fixture
def embedded(tmp_path: Path) -> Shell:
    """A shell in which everything is set up, without servers."""
    return _set_up(Shell(folder=tmp_path))


@pytest.fixture
def on_servers(tmp_path: Path, postgres_url: str, amqp_url: str) -> Shell:
    """A shell in which everything is set up, with RabbitMQ and PostgreSQL."""
    settings = {"COLUMBA_DATABASE_URL": postgres_url, "COLUMBA_BROKER_URL": amqp_url}
    return _set_up(Shell(folder=tmp_path, settings=settings))


@pytest.fixture
def past(request: pytest.FixtureRequest) -> Iterator[Past]:
    """The past of the log of this test's shell."""
    names = [name for name in ("shell", "embedded", "on_servers") if name in request.fixturenames]
    shell: Shell = request.getfixturevalue(names[0])
    engine = shell.log()
    yield Past(engine=engine)
    engine.dispose()


def _set_up(shell: Shell) -> Shell:
    shell.write_templates()
    engine = shell.log()
    migrate(engine)
    engine.dispose()
    if shell.broker_url != "memory://":
        declare(Plan.for_targets(("email",)), Access.to(shell.broker_url))
    return shell
