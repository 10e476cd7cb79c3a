"""What the actors' tests share: a log on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from sqlalchemy import Engine


def _log(url: str) -> Iterator[Engine]:
    engine = connect(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def file_log(tmp_path: Path) -> Iterator[Engine]:
    """A log in one SQLite file, as embedded mode has it."""
    yield from _log(f"sqlite:///{tmp_path / 'columba.db'}")


@pytest.fixture
def postgres_log(postgres_log_url: str) -> Iterator[Engine]:
    """A log on PostgreSQL."""
    yield from _log(postgres_log_url)
