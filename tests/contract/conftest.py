"""A log on each database: SQLite, PostgreSQL and MariaDB."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.tables import control, metadata, outbox_metadata
from sqlalchemy import Engine, delete, exists, literal, select, union_all

from tests.services.launch import Launch
from tests.services.needed import needed

DATABASES = ("sqlite", "postgres", "mariadb")
_TABLES = [each for each in (*metadata.sorted_tables, *outbox_metadata.sorted_tables) if each is not control]
_FILLED = union_all(*(select(literal(each.name)).where(exists(select(each))) for each in _TABLES))
"""The names of the tables with anything in them: one question is quicker than emptying all."""


@pytest.fixture(scope="session", params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which of them it is."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def kept_log(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A log with its tables, made once: creating them takes longer than most tests."""
    with _url(request, database, tmp_path_factory.mktemp("log")) as url:
        engine = connect(url)
        migrate(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def log(kept_log: Engine) -> Iterator[Engine]:
    """A log with its tables and nothing in them."""
    yield kept_log
    with kept_log.begin() as connection:
        filled = set(connection.scalars(_FILLED))
        for table in _TABLES:
            if table.name in filled:
                connection.execute(delete(table))


def _url(request: pytest.FixtureRequest, database: str, folder: Path) -> AbstractContextManager[str]:
    if database == "sqlite":
        return nullcontext(f"sqlite:///{folder / 'columba.db'}")
    launch: Launch = request.getfixturevalue("launch")
    launch.begin(database)
    with needed():
        launch.await_up(database)
    services = launch.services
    return services.postgres.database() if database == "postgres" else services.mariadb.database()
