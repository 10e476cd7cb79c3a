"""What a broker promises to those who publish."""

import asyncio

import pytest
from columba_consumers.broker.broker import Broker
from columba_shared.envelope import Envelope
from columba_shared.event import Lane
from columba_shared.publishing import Unroutable
from columba_shared.publishing.message import Message

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, message, numbered


async def test_a_message_that_no_queue_takes_is_unroutable(broker: Broker) -> None:
    with pytest.raises(Unroutable, match=r"pigeon\.normal"):
        await broker.publish(message(target="pigeon"))


async def test_an_unroutable_message_fails_alone(broker: Broker) -> None:
    messages = [message(b"0"), message(target="pigeon"), message(b"1"), message(target="pigeon"), message(b"2")]
    results = await asyncio.gather(*(broker.publish(each) for each in messages), return_exceptions=True)
    assert [isinstance(result, Unroutable) for result in results] == [False, True, False, True, False]


async def test_copies_under_one_id_are_told_apart_when_one_is_unroutable(broker: Broker) -> None:
    known = message(b"known")
    copy = Message(
        exchange=known.exchange,
        key="pigeon.normal",
        body=known.body,
        message_id=known.message_id,
        kind=known.kind,
        envelope=Envelope(),
    )
    results = await asyncio.gather(broker.publish(copy), broker.publish(known), return_exceptions=True)
    assert [type(result) for result in results] == [Unroutable, type(None)]


async def test_what_was_published_at_once_is_all_received(broker: Broker) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=50, receive=collector)
    await asyncio.gather(*(broker.publish(each) for each in numbered(500)))
    await collector.until(500)
    assert sorted(map(int, collector.bodies)) == list(range(500))


async def test_a_publish_reaches_its_own_lane_alone(broker: Broker) -> None:
    known = message(b"urgent")
    urgent = Message(
        exchange=known.exchange,
        key=f"email.{Lane.URGENT.value}",
        body=known.body,
        message_id=known.message_id,
        kind=known.kind,
    )
    with pytest.raises(Unroutable):
        await broker.publish(urgent)
