"""What should have happened and did not is made to happen, once, and nothing else is touched."""

import asyncio
from datetime import timedelta

import pytest
from columba_consumers.delivery.decision import InDoubtPolicy
from columba_consumers.reconciler import Reconciler, Report
from columba_consumers.reconciler.republishing import NEARLY_EMPTY
from columba_shared import wire
from columba_shared.clock import utc_now
from columba_shared.log import leases
from columba_shared.publishing import departure
from columba_shared.state import State
from columba_shared.topology import LEDGER
from msgspec.structs import replace

from tests.contract.actors.arranged import (
    Sender,
    change,
    deliveries,
    delivery_of,
    event_to,
    record,
    states,
)
from tests.live.actors.queues import Queues, until
from tests.live.actors.world import AGO, GRACE, LEASE, World

EMAIL, DEAD = "columba.email.normal", "columba.dead.email"
QUIET = Report()


async def test_a_purged_queue_comes_back_from_the_log_once(world: World, queues: Queues) -> None:
    events = world.overdue(120, handed_on=True)
    world.publisher.publish_many(departure(event, wire.encode(event), now=utc_now()) for event in events)
    assert queues.purge(EMAIL) == 120
    reconciler = world.reconciler()
    assert (await reconciler.run_once()).restored == 120
    await until(lambda: queues.depth(EMAIL) == 120)
    assert (await reconciler.run_once()).restored == 0
    found = queues.take(EMAIL)
    assert sorted(each.event.id for each in found) == sorted(event.id for event in events)
    assert {each.envelope.claim for each in found} == {0}


async def test_a_backlog_is_not_doubled_however_long_it_waits(world: World, queues: Queues) -> None:
    events = world.overdue(NEARLY_EMPTY + 1, handed_on=True)
    world.publisher.publish_many(departure(event, wire.encode(event), now=utc_now()) for event in events)
    await until(lambda: queues.depth(EMAIL) == NEARLY_EMPTY + 1)
    reconciler = world.reconciler()
    for _ in range(3):
        world.time.passed += 600
        assert (await reconciler.run_once()).restored == 0


@pytest.mark.parametrize(("sent_lately", "restored"), [(NEARLY_EMPTY, 0), (NEARLY_EMPTY + 1, 2)])
async def test_what_a_queue_that_flows_should_have_brought_long_ago_is_published_again(
    world: World, queues: Queues, sent_lately: int, restored: int
) -> None:
    now = utc_now()
    young = [event_to(f"young{number}@example.org", due_at=now) for number in range(NEARLY_EMPTY + 1)]
    world.publisher.publish_many(departure(event, wire.encode(event), now=now) for event in young)
    await until(lambda: queues.depth(EMAIL) == NEARLY_EMPTY + 1)
    gone = [event_to(f"gone{number}@example.org", due_at=now) for number in range(sent_lately)]
    for key in record(world.log, gone, handed_on=True):
        change(world.log, key, state=State.SENT.value, updated_at=utc_now())
    world.overdue(2, handed_on=True)
    assert (await world.reconciler().run_once()).restored == restored


@pytest.mark.parametrize(("in_the_ledgers_queue", "restored"), [(NEARLY_EMPTY, 3), (NEARLY_EMPTY + 1, 1)])
async def test_wake_ups_that_wait_for_the_ledger_are_not_doubled_while_it_is_away(
    world: World, queues: Queues, in_the_ledgers_queue: int, restored: int
) -> None:
    keyed = [replace(event_to(f"{name}@example.org", due_at=utc_now() - AGO), key="invoice:42") for name in "abc"]
    keys = record(world.log, keyed, handed_on=True)
    world.age(keys)
    change(world.log, keys[-1], claim=1, state=State.RETRYING.value)  # the ledger was asked the first time alone
    wake_ups = [event_to(f"{number}@example.org", due_at=utc_now() + AGO) for number in range(in_the_ledgers_queue)]
    world.publisher.publish_many(departure(event, wire.encode(event), now=utc_now()) for event in wake_ups)
    await until(lambda: queues.depth(LEDGER) == in_the_ledgers_queue)
    assert (await world.reconciler().run_once()).restored == restored


async def test_what_was_published_again_is_left_alone_for_a_grace(world: World) -> None:
    world.overdue(3, handed_on=True)
    reconciler = world.reconciler()
    restored = []
    for _ in range(4):
        restored.append((await reconciler.run_once()).restored)
        world.time.passed += GRACE.total_seconds() * 0.7
    assert restored == [3, 0, 3, 0]


async def test_what_never_had_a_copy_gets_one(world: World, queues: Queues) -> None:
    (event,) = world.overdue(1, handed_on=False)
    assert (await world.reconciler().run_once()).sent_on == 1
    assert [found.event for found in queues.take(EMAIL)] == [event]
    assert deliveries(world.log)[0].handed_on


async def test_what_something_just_happened_to_is_left_alone(world: World) -> None:
    record(world.log, [event_to("a@example.org", due_at=utc_now() - AGO)])
    assert await world.reconciler().run_once() == QUIET


async def test_a_retry_whose_follow_up_got_lost_goes_on_under_its_next_claim(world: World, queues: Queues) -> None:
    world.overdue(1, handed_on=False)
    (row,) = deliveries(world.log)
    change(world.log, row.id, state=State.RETRYING.value, claim=2, attempts=2)
    await world.reconciler().run_once()
    (copy,) = queues.take(EMAIL)
    assert (copy.envelope.claim, copy.envelope.attempts) == (2, 2)


async def test_one_of_a_list_is_published_alone(world: World, queues: Queues) -> None:
    event = event_to("a@example.org", "b@example.org")
    (key,) = record(world.log, [event])
    change(world.log, key, recipient=wire.encode_recipient(event.to[0]))
    world.age([key])
    await world.reconciler().run_once()
    assert [found.event.to for found in queues.take(EMAIL)] == [event.to[:1]]


@pytest.mark.parametrize(("days", "sent_on"), [(0.9, 1), (1.1, 0)])
async def test_what_waits_in_the_log_alone_sets_out_when_a_day_remains(
    world: World, queues: Queues, days: float, sent_on: int
) -> None:
    keys = record(world.log, [event_to("a@example.org", due_at=utc_now() + timedelta(days=days))])
    world.age(keys)
    assert (await world.reconciler().run_once()).sent_on == sent_on
    assert delivery_of(world.log, keys[0]).handed_on == bool(sent_on)
    assert queues.depth("columba.wait.43200") == sent_on
    assert queues.depth(EMAIL) == 0


async def test_a_dead_letter_that_was_never_published_is(world: World, queues: Queues) -> None:
    (event,) = world.overdue(1, handed_on=False)
    (row,) = deliveries(world.log)
    change(world.log, row.id, state=State.DEAD.value, reason="gave up", claim=3)
    reconciler = world.reconciler()
    assert [(await reconciler.run_once()).dead_letters for _ in range(2)] == [1, 0]
    (letter,) = queues.take(DEAD)
    assert (letter.event, letter.envelope.reason) == (event, "gave up")


async def test_a_deleted_queue_is_declared_again_and_filled_from_the_log(world: World, queues: Queues) -> None:
    world.overdue(5, handed_on=True)
    queues.delete(EMAIL)
    report = await world.reconciler().run_once()
    assert report.redeclared == (f"queue {EMAIL}",)
    assert (report.restored, queues.depth(EMAIL)) == (5, 5)


async def test_a_process_that_showed_no_life_for_a_lease_is_ended_and_its_work_goes_on(
    world: World, queues: Queues
) -> None:
    claim = Sender(world.log).register().claim(event_to("a@example.org"))
    reconciler = world.reconciler()
    ended = [await _look(world, reconciler) for _ in range(5)]
    assert ended == [0, 0, 0, 0, 1]
    (copy,) = queues.take(EMAIL)
    row = delivery_of(world.log, claim.delivery.id)
    assert (copy.envelope.claim, copy.envelope.attempts, copy.envelope.suspect) == (1, 1, True)
    assert (row.state, row.handed_on) == (State.RETRYING, True)
    assert leases.heartbeats(world.log) == []


async def test_a_slow_process_is_left_alone_while_it_beats(world: World) -> None:
    slow = Sender(world.log).register()
    slow.claim(event_to("a@example.org"))
    reconciler = world.reconciler()
    for number in range(16):
        if number % 4 == 3:
            leases.beat(world.log, slow.id)
        assert await _look(world, reconciler) == 0
    assert states(world.log) == {State.SENDING: 1}


async def test_an_outage_of_the_database_ends_nobody(world: World) -> None:
    Sender(world.log).register().claim(event_to("a@example.org"))
    reconciler = world.reconciler()
    for _ in range(4):
        assert await _look(world, reconciler) == 0
    world.time.passed += 10 * LEASE.total_seconds()
    assert await _look(world, reconciler) == 0
    assert len(leases.heartbeats(world.log)) == 1


async def test_two_reconcilers_settle_and_publish_each_delivery_once(world: World, queues: Queues) -> None:
    dead = Sender(world.log).register(ended=True)
    for number in range(50):
        dead.claim(event_to(f"{number}@example.org"))
    reports = await asyncio.gather(*(world.reconciler().watch() for _ in range(2)))
    assert sum(report.settled for report in reports) == 50
    assert len({found.event.id for found in queues.take(EMAIL)}) == 50
    assert {row.attempts for row in deliveries(world.log)} == {1}


async def test_what_is_parked_is_not_published(world: World, queues: Queues) -> None:
    world.in_doubt = InDoubtPolicy.PARK
    Sender(world.log).register(ended=True).claim(event_to("a@example.org"))
    report = await world.reconciler().run_once()
    assert (report.settled, report.parked) == (1, 1)
    assert queues.depth(EMAIL) == 0


async def test_it_runs_until_it_is_stopped(world: World, queues: Queues) -> None:
    world.overdue(2, handed_on=False)
    reconciler = world.reconciler()
    running = asyncio.create_task(reconciler.run())
    await until(lambda: queues.depth(EMAIL) == 2)
    reconciler.stop()
    async with asyncio.timeout(10):
        await running


async def _look(world: World, reconciler: Reconciler) -> int:
    report = await reconciler.watch()
    world.time.passed += LEASE.total_seconds() / 4
    return report.processes_ended
