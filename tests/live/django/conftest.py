"""The project's database, and what it has queued."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from columba_shared.event import Event
from columba_shared.wire import decode
from django.db import connection

from tests.live.django import project

project.configure()

Queued = Callable[[], list[Event]]


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Path]:
    """A database in a file, with the outbox."""
    path = tmp_path / "project.sqlite3"
    with project.database(project.sqlite(path)):
        yield path


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, for SQLAlchemy; `project.at` makes Django's settings of it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/project.sqlite3"
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def queued() -> Queued:
    """What returns the events in the outbox, in their order."""

    def found() -> list[Event]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM columba_outbox ORDER BY id")
            return [decode(bytes(body)) for (body,) in cursor.fetchall()]

    return found
