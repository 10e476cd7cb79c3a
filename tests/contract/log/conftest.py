"""Every test of the log runs once on each database: SQLite, PostgreSQL and MariaDB."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.writer import Writer, writer_for
from sqlalchemy import Engine


@pytest.fixture
def writer(log: Engine) -> Writer:
    """The writer for this database."""
    return writer_for(log)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> str:
    """A database of its own without any table."""
    if database == "sqlite":
        return f"sqlite:///{tmp_path / 'columba.db'}"
    url: str = request.getfixturevalue(f"{database}_url")
    return url


@pytest.fixture
def fresh_log(empty_url: str) -> Iterator[Engine]:
    """A log of its own, to be spoilt."""
    engine = connect(empty_url)
    migrate(engine)
    yield engine
    engine.dispose()
