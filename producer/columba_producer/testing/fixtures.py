"""Fixtures for pytest: name this module in `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from columba_producer.testing.memory_producer import MemoryProducer


@pytest.fixture
def columba() -> Iterator[MemoryProducer]:
    """Lend a producer in memory, with the targets and the contract of the settings."""
    with MemoryProducer.from_env() as producer:
        yield producer
