"""One installation for all tests of this folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.deploy.installation import TARGETS, Installation
from tests.live.deploy.node import DeployedNode
from tests.services.guard import guarded
from tests.services.needed import needed
from tests.services.services import Services, start
from tests.services.smtp_control import smtp_process


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Secrets, broker, database, topology and tables, all made as docs/deployment.md says."""
    with _servers(tmp_path_factory.mktemp("installation")) as made:
        with needed():
            made.make_secrets()
            made.node.take(made.secrets / "rabbitmq_definitions")
            start((made.node, made.postgres))
        made.make_database()
        made.run("topology", "topology", "apply", "--targets", ",".join(TARGETS))
        made.run("migrate")
        yield made


@pytest.fixture
def clean(installation: Installation) -> Iterator[Installation]:
    """The installation, with empty queues and no processes of Columba's."""
    installation.purge()
    yield installation
    installation.stop()


@contextmanager
def _servers(folder: Path) -> Iterator[Installation]:
    """Give an installation whose servers are not started yet, and leave nothing of it."""
    own = Services.create()
    node = DeployedNode.at(own.root, iter(own.ports))
    assert isinstance(node, DeployedNode)
    try:
        with guarded(own), smtp_process(folder / "mails.jsonl", bodies=True) as smtp:
            made = Installation(folder=folder, node=node, postgres=own.postgres, smtp=smtp)
            try:
                yield made
            finally:
                made.close()
    finally:
        node.process.reap()
