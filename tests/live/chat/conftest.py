"""A chat service, for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.services.chat_server import ChatServer, chat_server


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    """One that listens."""
    with chat_server() as running:
        yield running
