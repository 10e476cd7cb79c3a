"""What unit tests may ask for."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

Later = Callable[[timedelta], None]


@pytest.fixture
async def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Lend a way to put the event loop's clock forward: deadlines pass at once, and nothing has to be quick."""
    loop = asyncio.get_running_loop()
    true_time = loop.time
    ahead = timedelta()

    def put_forward(by: timedelta) -> None:
        nonlocal ahead
        ahead += by

    monkeypatch.setattr(loop, "time", lambda: true_time() + ahead.total_seconds())
    return put_forward
