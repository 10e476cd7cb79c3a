"""What the shop tells whom: no server, no broker and no mail is needed to know."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from columba_producer.testing import MemoryProducer
from flask import Flask
from flask_shop import columba, create_app, db

MINUTE = timedelta(minutes=1)
ORDER = {"email": "bob@example.com", "article": "a dove"}


@pytest.fixture
def shop() -> Iterator[Flask]:
    """The shop with an empty database in memory."""
    app = create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": "sqlite://"})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def told(shop: Flask) -> MemoryProducer:  # noqa: ARG001 - the current app
    """What keeps the shop's events, since it is being tested."""
    assert isinstance(columba.producer, MemoryProducer)
    return columba.producer


def test_whoever_orders_is_told_so_and_asked_a_minute_later_how_it_was(shop: Flask, told: MemoryProducer) -> None:
    answer = shop.test_client().post("/orders", data=ORDER)
    assert (answer.status_code, answer.get_json()) == (201, {"number": 1, "article": "a dove"})
    assert told.relay(db.engine) == 2
    told.assert_sent("order.confirmed", to="bob@example.com", context={"number": 1})
    told.assert_scheduled("order.rating", to="bob@example.com", after=MINUTE)


def test_an_address_that_is_none_leaves_nothing_behind(shop: Flask, told: MemoryProducer) -> None:
    answer = shop.test_client().post("/orders", data=ORDER | {"email": "bob"})
    assert answer.status_code == 400
    assert shop.test_client().delete("/orders/1").status_code == 404
    assert told.relay(db.engine) == 0


def test_whoever_cancels_is_not_asked(shop: Flask, told: MemoryProducer) -> None:
    client = shop.test_client()
    client.post("/orders", data=ORDER)
    assert client.delete("/orders/1").status_code == 204
    told.relay(db.engine)
    told.clock.advance(2 * MINUTE)
    assert [each.kind for each in told.sent] == ["order.confirmed"]
