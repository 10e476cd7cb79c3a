"""Every test of the log runs once on each database: SQLite, PostgreSQL and MariaDB."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.writer import Writer, writer_for
from sqlalchemy import Engine

DATABASES = ("sqlite", "postgres", "mariadb")


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'columba.db'}"
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def log(empty_url: str) -> Iterator[Engine]:
    """A log with its tables and nothing in them."""
    engine = connect(empty_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def writer(log: Engine) -> Writer:
    """The writer for this database."""
    return writer_for(log)
