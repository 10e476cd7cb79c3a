"""What is special to the embedded broker; what it shares is in the contract."""

import asyncio
from datetime import timedelta

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.broker.embedded import EmbeddedBroker
from columba_shared.envelope import Envelope
from columba_shared.event import Lane
from columba_shared.identity import event_id
from columba_shared.publishing.message import Copy
from columba_shared.topology import Plan, target_queue

QUEUE = target_queue("email", Lane.NORMAL)
COPY = Copy(body=b"{}", message_id=event_id(), kind="invoice.ready", producer="shop", target="email", lane=Lane.NORMAL)


def broker() -> EmbeddedBroker:
    """Return a broker with one target."""
    return EmbeddedBroker(Plan.for_targets(("email",)))


async def test_two_brokers_in_one_process_share_nothing() -> None:
    one, other = broker(), broker()
    received: list[Received] = []
    await other.subscribe((QUEUE,), prefetch=10, receive=received.append)
    await one.publish(COPY.now(Envelope(claim=1)))
    await other.publish(COPY.now(Envelope(claim=2)))
    await asyncio.sleep(0)
    assert [each.headers["columba-claim"] for each in received] == [2]


async def test_a_message_is_received_in_the_loops_next_turn() -> None:
    embedded = broker()
    received: list[Received] = []
    await embedded.subscribe((QUEUE,), prefetch=10, receive=received.append)
    await asyncio.sleep(0)
    await embedded.publish(COPY.now(Envelope()))
    assert received == []
    await asyncio.sleep(0)
    assert len(received) == 1


async def test_every_lane_of_a_target_has_its_queue() -> None:
    embedded = broker()
    received: list[Received] = []
    queues = tuple(target_queue("email", lane) for lane in Lane)
    await embedded.subscribe(queues, prefetch=10, receive=received.append)
    for lane in Lane:
        copy = Copy(body=b"{}", message_id=event_id(), kind="a", producer="", target="email", lane=lane)
        await embedded.publish(copy.now(Envelope()))
    await asyncio.sleep(0)
    assert sorted(each.queue for each in received) == sorted(queues)


async def test_asking_it_to_keep_a_wait_or_a_dead_letter_is_a_mistake() -> None:
    embedded = broker()
    wait = timedelta(seconds=10)
    for message in (COPY.waiting(Envelope(), wait), COPY.later(Envelope(), wait), COPY.dead(Envelope())):
        with pytest.raises(ValueError, match=message.exchange):
            await embedded.publish(message)


def test_it_says_that_it_keeps_no_waits() -> None:
    assert broker().keeps_waits is False
