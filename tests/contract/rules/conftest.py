"""An app's own tables beside the outbox, on each database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.contract.rules.newsroom import Base, emptied


@pytest.fixture
def documents(log: Engine) -> Iterator[Engine]:
    """A database with an outbox and no documents."""
    Base.metadata.create_all(log)
    emptied(log)
    yield log
    emptied(log)
