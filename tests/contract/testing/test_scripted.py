"""Scripted providers: a test says what the provider does, and the log says what that comes to."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from columba_consumers.errors import Permanent, Temporary
from columba_consumers.testing import (
    Accept,
    AcceptThenBounce,
    AcceptThenTimeOut,
    Busy,
    Fail,
    ScriptedProvider,
    deliver,
    time_passes,
)
from columba_producer import Producer
from columba_shared.log.engine import connect
from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.services.blank import blank_file


class Shop:
    """An app's folder, what it enqueues, and what became of it."""

    def __init__(self, folder: Path) -> None:
        """Write its templates."""
        self.url = f"sqlite:///{folder / 'columba.db'}"
        blank_file(folder / "columba.db")
        said = folder / "templates" / "order.shipped"
        said.mkdir(parents=True)
        (said / "email.subject.txt").write_text("Order {{ number }}")
        (said / "email.txt").write_text("It is on its way.")
        (said / "sms.txt").write_text("Order {{ number }} is on its way")
        self.environ = {
            "COLUMBA_DATABASE_URL": self.url,
            "COLUMBA_TEMPLATES": str(folder / "templates"),
            "COLUMBA_TARGETS": "email,sms",
        }
        self.producer = Producer(self.url, targets=("email", "sms"))

    def tell(self, *addresses: str, target: str = "sms") -> None:
        """Enqueue an event for each."""
        for number, address in enumerate(addresses):
            self.producer.enqueue("order.shipped", to=address, target=target, context={"number": number})

    def states(self) -> dict[str, tuple[str, int]]:
        """Return the state of the newest delivery to each address, and its attempts."""
        engine = connect(self.url)
        with engine.connect() as connection:
            rows = connection.execute(select(delivery).order_by(delivery.c.created_at)).all()
        engine.dispose()
        return {row.address: (row.state, row.attempts) for row in rows}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.producer.close()


async def test_each_answer_comes_to_what_it_means(shop: Shop) -> None:
    sms, email = ScriptedProvider("sms"), ScriptedProvider("email")
    sms.then(AcceptThenTimeOut(), to="+4366010000001")
    sms.then(Fail(error=Permanent("barred")), to="+4366010000002")
    sms.then(Accept(reply="queued"), to="+4366010000003")
    shop.tell("+4366010000001", "+4366010000002", "+4366010000003")
    shop.tell("bob@example.com", target="email")
    email.then(AcceptThenBounce())
    tally = await deliver(shop.environ, sms, email)
    assert (tally.sent, tally.failed) == (2, 2)
    assert shop.states() == {
        "+4366010000001": ("in_doubt", 1),
        "+4366010000002": ("dead", 1),
        "+4366010000003": ("sent", 1),
        "bob@example.com": ("sent", 1),
    }
    assert sorted(each.message.text for each in sms.taken) == ["Order 0 is on its way", "Order 2 is on its way"]
    assert [each.message.subject for each in email.taken] == ["Order 0"]
    shop.tell("bob@example.com", target="email")  # the bounce has come back by now
    await deliver(shop.environ, sms, email)
    assert shop.states()["bob@example.com"] == ("suppressed", 0)
    assert len(email.asked) == 1


async def test_a_busy_provider_is_left_alone_and_costs_nobody_an_attempt(shop: Shop) -> None:
    sms = ScriptedProvider("sms")
    sms.then(Busy(after=timedelta(seconds=60)))
    shop.tell("+4366010000001")
    await deliver(shop.environ, sms)
    assert shop.states() == {"+4366010000001": ("scheduled", 0)}
    assert (len(sms.asked), sms.taken) == (1, [])
    time_passes(shop.environ, timedelta(seconds=60))
    await deliver(shop.environ, sms)
    assert shop.states() == {"+4366010000001": ("sent", 1)}


async def test_time_passes_for_all_that_waits(shop: Shop) -> None:
    sms, day = ScriptedProvider("sms"), timedelta(days=1)
    sms.then(Fail(error=Temporary("try later")), to="+4366010000001")
    shop.tell("+4366010000001")
    for number, wait in (("+4366010000002", 3 * day), ("+4366010000003", 9 * day)):
        shop.producer.enqueue("order.shipped", to=number, target="sms", context={"number": 7}, defer_for=wait)
    shop.producer.enqueue("order.shipped", to="+4366010000004", target="sms", defer_for=day, expires=day)
    await deliver(shop.environ, sms)
    assert shop.states() == {
        "+4366010000001": ("retrying", 1),
        "+4366010000002": ("scheduled", 0),
        "+4366010000003": ("scheduled", 0),
        "+4366010000004": ("scheduled", 0),
    }
    time_passes(shop.environ, 3 * day)
    await deliver(shop.environ, sms)
    assert shop.states() == {
        "+4366010000001": ("sent", 2),
        "+4366010000002": ("sent", 1),
        "+4366010000003": ("scheduled", 0),
        "+4366010000004": ("expired", 0),
    }
    with pytest.raises(ValueError, match="backwards"):
        time_passes(shop.environ, -day)


async def test_what_the_outbox_has_grows_old_too(shop: Shop) -> None:
    sms = ScriptedProvider("sms")
    shop.producer.enqueue(
        "order.shipped", to="+4366010000001", target="sms", context={"number": 7}, defer_for=timedelta(hours=2)
    )
    time_passes(shop.environ, timedelta(hours=2))
    await deliver(shop.environ, sms)
    assert len(sms.taken) == 1


async def test_a_target_that_there_is_not_is_named(shop: Shop) -> None:
    with pytest.raises(ValueError, match="there is no target 'fax'"):
        await deliver(shop.environ, ScriptedProvider("fax"))
