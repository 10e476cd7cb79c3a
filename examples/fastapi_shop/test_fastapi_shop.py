"""What the shop tells whom: no server, no broker and no mail is needed to know."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from columba_producer.fastapi import Columba
from columba_producer.testing import MemoryProducer
from fastapi import FastAPI
from fastapi_shop import create_app
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

MINUTE = timedelta(minutes=1)
ORDER = {"email": "bob@example.com", "article": "a dove"}


class Shop:
    """The shop, whoever orders there, and what it has told whom."""

    def __init__(self, app: FastAPI, told: MemoryProducer) -> None:
        self.app = app
        self.told = told
        self.client = AsyncClient(transport=ASGITransport(app), base_url="http://shop")

    async def relay(self) -> int:
        """Move what the shop wrote to its outbox to where it can be asked for."""
        async with AsyncSession(self.app.state.engine) as session:
            moved = await session.run_sync(self.told.relay)
            await session.commit()
            return moved


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """The shop with an empty database."""
    told = MemoryProducer()
    app = create_app(Columba(told), f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")
    async with app.router.lifespan_context(app):
        yield Shop(app, told)


async def test_whoever_orders_is_told_so_and_asked_a_minute_later_how_it_was(shop: Shop) -> None:
    answer = await shop.client.post("/orders", json=ORDER)
    assert (answer.status_code, answer.json()) == (201, {"number": 1, "article": "a dove"})
    assert await shop.relay() == 2
    shop.told.assert_sent("order.confirmed", to="bob@example.com", context={"number": 1})
    shop.told.assert_scheduled("order.rating", to="bob@example.com", after=MINUTE)


async def test_an_address_that_is_none_leaves_nothing_behind(shop: Shop) -> None:
    answer = await shop.client.post("/orders", json=ORDER | {"email": "bob"})
    assert answer.status_code == 400
    assert (await shop.client.delete("/orders/1")).status_code == 404
    assert await shop.relay() == 0


async def test_whoever_cancels_is_not_asked(shop: Shop) -> None:
    await shop.client.post("/orders", json=ORDER)
    assert (await shop.client.delete("/orders/1")).status_code == 204
    await shop.relay()
    shop.told.clock.advance(2 * MINUTE)
    assert [each.kind for each in shop.told.sent] == ["order.confirmed"]
