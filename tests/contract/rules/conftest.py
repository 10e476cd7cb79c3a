"""An app's own tables beside an outbox, on each database that apps have; on MariaDB by `make torture` alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_producer import create_outbox
from columba_shared.log.engine import connect
from sqlalchemy import Engine

from tests.contract.rules.newsroom import Base
from tests.system.system import TORTURE

APPS = ("sqlite", "postgres", "mariadb") if TORTURE else ("sqlite", "postgres")


@pytest.fixture(params=APPS)
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with an outbox and no documents."""
    where = request.param
    url = f"sqlite:///{tmp_path / 'app.db'}" if where == "sqlite" else request.getfixturevalue(f"{where}_url")
    engine = connect(str(url))
    create_outbox(engine)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()
