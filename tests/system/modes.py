"""The two ways to run Columba, and what each keeps its messages and its log in."""

from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.services.launch import Launch
from tests.services.needed import needed

EMBEDDED: Final = "embedded on SQLite"
BROKER: Final = "RabbitMQ and PostgreSQL"


def urls(request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> tuple[str, str]:
    """Return the broker's and the database's URL for the mode that the fixture is asked for."""
    if request.param == EMBEDDED:
        return "memory://", f"sqlite:///{folder / 'columba.db'}"
    launch: Launch = request.getfixturevalue("launch")
    with needed():
        launch.begin("rabbitmq", "postgres")
        launch.await_up("rabbitmq")
        launch.await_up("postgres")
    broker = stack.enter_context(launch.services.rabbitmq.vhost())
    return broker, stack.enter_context(launch.services.postgres.database())
