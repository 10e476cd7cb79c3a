"""The relay to the broker: nothing is lost, nothing is delivered twice, and nothing blocks the rest."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.delivery import records
from columba_consumers.delivery.parcel import unpack
from columba_consumers.journal import Journal
from columba_consumers.relay import Relay, ToBroker
from columba_consumers.relay.mover import Moved
from columba_consumers.relay.to_broker import LONGEST_SECONDS
from columba_shared.clock import utc_now
from columba_shared.event import Event
from columba_shared.log.entries import Lease
from columba_shared.publishing import BrokerAway, Message, Publisher, PublishError, Report
from columba_shared.topology import LEDGER
from sqlalchemy import Engine
from sqlalchemy import event as hooks

from tests.contract.actors.arranged import (
    deliveries,
    event_to,
    outbox_rows,
    put_bodies_into_outbox,
    put_into_outbox,
)
from tests.live.actors.queues import Found, Queues, until
from tests.services.ports import free_ports

EMAIL = "columba.email.normal"
KNOWN = frozenset({"email", "fax"})
"""A fax is known here, but has no queue."""


def _mover(log: Engine, publisher: Publisher) -> ToBroker:
    return ToBroker(engine=log, publisher=publisher, targets=KNOWN, batch=50)


def _relay(log: Engine, publisher: Publisher) -> Relay:
    return Relay(log, _mover(log, publisher))


def _events(count: int) -> list[Event]:
    return [event_to(f"{number}@example.org") for number in range(count)]


async def test_events_reach_their_target_as_the_producer_would_have_sent_them(
    log: Engine, publisher: Publisher, queues: Queues
) -> None:
    events = _events(120)
    put_into_outbox(log, events)
    assert await _relay(log, publisher).run_once() == Moved(events=120)
    assert [found.event for found in queues.take(EMAIL)] == events
    assert outbox_rows(log) == []


async def test_a_broker_that_takes_its_time_keeps_no_rows_locked_for_long_and_the_rest_follows_in_order(
    log: Engine, publisher: Publisher, queues: Queues
) -> None:
    events, ticks = _events(9), itertools.count(0.0, LONGEST_SECONDS / 4)
    put_into_outbox(log, events)
    relay = Relay(log, replace(_mover(log, publisher), monotonic=lambda: next(ticks)))
    for left in (5, 1):
        with pytest.raises(PublishError, match="took 4 of"):
            await relay.run_once()
        assert len(outbox_rows(log)) == left
    assert (await relay.run_once()).events == 1
    assert [found.event for found in queues.take(EMAIL)] == events


async def test_an_event_for_later_goes_to_the_ledger_and_into_a_wait(
    log: Engine, publisher: Publisher, queues: Queues
) -> None:
    put_into_outbox(log, [event_to("a@example.org", due_at=utc_now() + timedelta(minutes=45))])
    await _relay(log, publisher).run_once()
    assert queues.depth(LEDGER) == 1
    assert [found.key for found in queues.take("columba.wait.1800")] == ["email.normal.1800"]


async def test_an_event_whose_time_came_while_it_waited_goes_straight_to_its_target(
    log: Engine, publisher: Publisher, queues: Queues
) -> None:
    put_into_outbox(log, [event_to("a@example.org", due_at=utc_now() - timedelta(minutes=45))])
    await _relay(log, publisher).run_once()
    assert (queues.depth(EMAIL), queues.depth(LEDGER)) == (1, 0)


async def test_what_cannot_be_moved_is_set_aside_and_its_neighbours_move(
    log: Engine, publisher: Publisher, queues: Queues
) -> None:
    put_into_outbox(log, [event_to("a@example.org")])
    put_bodies_into_outbox(log, [(uuid4(), b"{not json")])
    put_into_outbox(log, [event_to("+49", target="fax"), event_to("+49", target="telex"), event_to("b@example.org")])
    assert await _relay(log, publisher).run_once() == Moved(events=2, set_aside=3)
    assert queues.depth(EMAIL) == 2
    problems = [row.problem for row in outbox_rows(log)]
    assert [word in problem for word, problem in zip(("not an event", "no queue", "telex"), problems, strict=True)]


async def test_while_the_broker_is_away_everything_stays_in_the_outbox(
    log: Engine, publisher: Publisher, queues: Queues
) -> None:
    put_into_outbox(log, _events(3))
    nowhere = Publisher(f"amqp://guest:guest@127.0.0.1:{next(free_ports())}/")
    with pytest.raises(BrokerAway):
        await _relay(log, nowhere).run_once()
    assert len(outbox_rows(log)) == 3
    await _relay(log, publisher).run_once()
    assert (len(outbox_rows(log)), queues.depth(EMAIL)) == (0, 3)


async def test_two_relays_at_once_move_each_event_once(log: Engine, publisher: Publisher, queues: Queues) -> None:
    events = _events(1000)
    put_into_outbox(log, events)
    moved = await asyncio.gather(*(_relay(log, publisher).run_once() for _ in range(2)))
    assert sum(each.events for each in moved) == 1000
    assert sorted(found.event.id for found in queues.take(EMAIL)) == sorted(event.id for event in events)


async def test_a_crash_between_publishing_and_deleting_delivers_nothing_twice(
    log: Engine, publisher: Publisher, queues: Queues, journal: Journal
) -> None:
    put_into_outbox(log, [event_to("a@example.org")])

    def crash(_connection: object) -> None:
        raise KeyboardInterrupt

    hooks.listen(log, "commit", crash)
    with pytest.raises(KeyboardInterrupt):
        _mover(log, publisher).move([row.id for row in outbox_rows(log)])
    hooks.remove(log, "commit", crash)
    await _relay(log, publisher).run_once()
    copies = queues.take(EMAIL)
    assert len(copies) == 2
    assert await _claimed(journal, copies) == [True, False]
    assert (len(deliveries(log)), outbox_rows(log)) == (1, [])


async def test_the_relay_moves_what_comes_while_it_runs(log: Engine, publisher: Publisher, queues: Queues) -> None:
    relay = _relay(log, publisher)
    running = asyncio.create_task(relay.run())
    await asyncio.to_thread(put_into_outbox, log, _events(3))
    await until(lambda: queues.depth(EMAIL) == 3)
    relay.stop()
    await running
    assert outbox_rows(log) == []


async def test_on_sqlite_apps_write_while_the_relay_publishes(
    file_outbox: Engine, publisher: Publisher, queues: Queues
) -> None:
    put_into_outbox(file_outbox, _events(3))

    class Slow(Publisher):
        """Publishes while an app writes."""

        def publish_many(self, messages: Iterable[Message], *, in_order: bool = False) -> Report:
            """Publish, after the app has committed one more event."""
            put_into_outbox(file_outbox, [event_to("d@example.org")])
            return publisher.publish_many(messages, in_order=in_order)

    slow = Slow("amqp://nobody-asks-for-this")
    assert _mover(file_outbox, slow).move([row.id for row in outbox_rows(file_outbox)]).events == 3
    assert (len(outbox_rows(file_outbox)), queues.depth(EMAIL)) == (1, 3)


async def _claimed(journal: Journal, copies: Sequence[Found]) -> list[bool]:
    """Have each copy claim its delivery, and say which won."""
    won = []
    for number, copy in enumerate(copies):
        received = Received(
            body=copy.body,
            headers=copy.headers,
            queue=EMAIL,
            key=copy.key,
            content_type=None,
            redelivered=False,
            generation=1,
            tag=number,
        )
        parcel = unpack(received, target="email", now=utc_now())
        claim = records.claim(parcel, Lease(process_id=uuid4(), token=number), now=utc_now())
        won.append(await journal.claim(claim) is None)
    return won
