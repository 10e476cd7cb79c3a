"""What came out of the outbox, and the broker lost before anybody had recorded it, is published again."""

import asyncio
from datetime import timedelta

from columba_consumers.reconciler.lost import GRACES, MOST_TIMES, NEVER_SEEN
from columba_consumers.relay import Relay, ToBroker
from columba_shared.clock import utc_now
from columba_shared.event import Event
from columba_shared.log.counting import set_asides
from columba_shared.log.engine import reading
from columba_shared.topology import LEDGER

from tests.contract.actors.arranged import change_moved, event_to, moved_rows, outbox_rows, put_into_outbox, record
from tests.live.actors.queues import Queues, until
from tests.live.actors.world import GRACE, World

EMAIL = "columba.email.normal"


async def test_what_the_relay_published_and_the_broker_lost_is_published_again(world: World, queues: Queues) -> None:
    events = await _relayed(world, 3)
    assert queues.purge(EMAIL) == 3
    record(world.log, events[:1], handed_on=True)
    reconciler = world.reconciler()
    assert (await reconciler.run_once()).unseen == 0
    world.time.passed += GRACE.total_seconds() * GRACES
    assert [(await reconciler.run_once()).unseen for _ in range(2)] == [2, 0]
    assert {found.event.id for found in queues.take(EMAIL)} >= {event.id for event in events[1:]}
    assert {row.event_id for row in moved_rows(world.log)} == {event.id for event in events[1:]}


async def test_what_still_lies_in_its_queue_is_not_lost(world: World, queues: Queues) -> None:
    await _relayed(world, 1)
    await until(lambda: queues.depth(EMAIL) == 1)
    world.time.passed += 10 * GRACE.total_seconds() * GRACES
    assert (await world.reconciler().run_once()).unseen == 0


async def test_it_is_published_again_ever_more_seldom(world: World, queues: Queues) -> None:
    await _relayed(world, 1)
    reconciler, published = world.reconciler(), []
    for _ in range(4):
        queues.purge(EMAIL)
        world.time.passed += GRACE.total_seconds() * GRACES
        published.append((await reconciler.run_once()).unseen)
    assert published == [1, 0, 1, 0]


async def test_an_event_for_later_that_no_ledger_recorded_is_published_again(world: World, queues: Queues) -> None:
    event = event_to("a@example.org", due_at=utc_now() + timedelta(days=3))
    await _relayed(world, 1, event)
    queues.delete(LEDGER)
    world.time.passed += GRACE.total_seconds() * GRACES
    assert (await world.reconciler().run_once()).unseen == 1
    assert queues.depth(LEDGER) == 1


async def test_two_reconcilers_forget_what_was_seen_and_set_aside_what_never_is(world: World, queues: Queues) -> None:
    events = await _relayed(world, 3)
    queues.purge(EMAIL)
    record(world.log, events[:1], handed_on=True)
    change_moved(world.log, times=MOST_TIMES)
    world.time.passed += GRACE.total_seconds() * GRACES * 2**MOST_TIMES
    for _ in range(2):
        await asyncio.gather(*(world.reconciler().look_over() for _ in range(2)))
        queues.purge(EMAIL)
    assert moved_rows(world.log) == []
    with reading(world.log) as connection:
        assert [each.problem for each in set_asides(connection, limit=5)] == [NEVER_SEEN] * 2


async def _relayed(world: World, count: int, *events: Event) -> list[Event]:
    """Let the relay publish events out of the outbox."""
    told = list(events) or [event_to(f"{number}@example.org") for number in range(count)]
    put_into_outbox(world.log, told)
    mover = ToBroker(engine=world.log, publisher=world.publisher, targets=frozenset({"email"}), keeping=True)
    assert (await Relay(world.log, mover).run_once()).events == count
    assert outbox_rows(world.log) == []
    return told
