"""The commands run embedded on SQLite, and on RabbitMQ and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.cli.past import Past
from tests.contract.cli.shell import Shell
from tests.services.blank import blank_file

PLACES = ("embedded", "servers")


@pytest.fixture(params=PLACES)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    """A shell with a database and a broker in which there is nothing yet."""
    shell = Shell(folder=tmp_path)
    if request.param == "servers":
        shell.settings["COLUMBA_DATABASE_URL"] = request.getfixturevalue("postgres_url")
        shell.settings["COLUMBA_BROKER_URL"] = request.getfixturevalue("amqp_url")
    return shell


@pytest.fixture(params=PLACES)
def shell(request: pytest.FixtureRequest) -> Shell:
    """A shell in which everything is set up."""
    found: Shell = request.getfixturevalue("embedded" if request.param == "embedded" else "on_servers")
    return found


@pytest.fixture
def embedded(tmp_path: Path) -> Shell:
    """A shell in which everything is set up, without servers."""
    shell = Shell(folder=tmp_path)
    shell.write_templates()
    blank_file(tmp_path / "columba.db")
    return shell


@pytest.fixture
def on_servers(tmp_path: Path, postgres_log_url: str, mail_url: str) -> Shell:
    """A shell in which everything is set up, with RabbitMQ and PostgreSQL."""
    shell = Shell(folder=tmp_path, settings={"COLUMBA_DATABASE_URL": postgres_log_url, "COLUMBA_BROKER_URL": mail_url})
    shell.write_templates()
    return shell


@pytest.fixture
def past(request: pytest.FixtureRequest) -> Iterator[Past]:
    """The past of the log of this test's shell."""
    names = [name for name in ("shell", "embedded", "on_servers") if name in request.fixturenames]
    shell: Shell = request.getfixturevalue(names[0])
    engine = shell.log()
    yield Past(engine=engine)
    engine.dispose()
