"""The ledger: every deferred event is in the log before it is acknowledged, however often and late it comes."""

import asyncio
from datetime import timedelta
from typing import Any

from columba_consumers.broker.broker import Broker
from columba_consumers.delivery.carrier import MAX_CRASHES
from columba_consumers.journal import Journal
from columba_consumers.ledger import Ledger
from columba_consumers.ledger.ledger import PREFETCH
from columba_shared import wire
from columba_shared.clock import utc_now
from columba_shared.envelope import Envelope
from columba_shared.event import Event, Step
from columba_shared.log.chaining import LINE
from columba_shared.log.line import stand_in_line
from columba_shared.publishing import Copy, Message, Publisher, departure
from columba_shared.state import State
from columba_shared.topology import LATER
from columba_shared.topology.plan import DELIVERY_LIMIT
from msgspec.structs import replace
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from tests.contract.actors.arranged import audience_event, change, deliveries, delivery_of, event_to, record, states
from tests.live.actors.queues import Queues, until

LEDGER, EMAIL, DEAD = "columba.ledger", "columba.email.normal", "columba.dead.email"
SOON, FAR = timedelta(hours=2), timedelta(days=3)


def _later(*addresses: str, wait: timedelta = SOON) -> Event:
    return event_to(*addresses, due_at=utc_now() + wait)


def _message(event: Event) -> Message:
    return departure(event, wire.encode(event), now=utc_now())


async def _recorded(log: Engine, count: int) -> None:
    await until(lambda: sum(states(log).values()) == count)


async def test_a_deferred_event_is_recorded_and_known_to_be_on_its_way(
    ledger: Ledger, publisher: Publisher, log: Engine
) -> None:
    event = _later("a@example.org")
    publisher.publish(_message(event))
    await ledger.open()
    await _recorded(log, 1)
    (row,) = deliveries(log)
    assert (row.state, row.due_at, row.handed_on) == (State.SCHEDULED, event.due_at, True)


async def test_what_waits_beyond_a_day_waits_in_the_log_alone(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    publisher.publish(_message(_later("a@example.org", wait=FAR)))
    await ledger.open()
    await _recorded(log, 1)
    assert not deliveries(log)[0].handed_on
    assert queues.depth("columba.wait.86400") == 0


async def test_everybody_in_a_list_is_recorded(ledger: Ledger, publisher: Publisher, log: Engine) -> None:
    addresses = [f"{number:04}@example.org" for number in range(1200)]
    publisher.publish(_message(_later(*addresses)))
    await ledger.open()
    await _recorded(log, 1200)
    rows = deliveries(log)
    assert [row.address for row in rows] == addresses
    assert wire.decode_recipient(rows[0].recipient).address == addresses[0]
    assert not any(row.handed_on for row in rows)


async def test_an_audience_is_recorded_as_itself(ledger: Ledger, publisher: Publisher, log: Engine) -> None:
    event = audience_event("subscribers")
    copy = Copy.of(event, wire.encode(event), event.id)
    publisher.publish(copy.later(Envelope(due_at=utc_now() + SOON), SOON))
    await ledger.open()
    await _recorded(log, 1)
    assert deliveries(log)[0].address == "audience:subscribers"


async def test_an_event_that_comes_twice_is_recorded_once(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    twice = _message(_later("a@example.org"))
    publisher.publish_many([twice, twice, _message(_later("b@example.org"))])
    await ledger.open()
    await _recorded(log, 2)
    await ledger.close(grace_seconds=5)
    assert (len(deliveries(log)), queues.depth(LEDGER)) == (2, 0)


async def test_a_ledger_that_was_down_catches_up(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    more = PREFETCH + 100
    publisher.publish_many(_message(_later(f"{number}@example.org")) for number in range(more))
    assert queues.depth(LEDGER) == more
    await ledger.open()
    await _recorded(log, more)
    await until(lambda: queues.depth(LEDGER) == 0)


async def test_what_a_closed_journal_could_not_commit_comes_again(  # noqa: PLR0917 - pytest hands fixtures by name
    ledger: Ledger, journal: Journal, broker: Broker, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    await journal.close()
    publisher.publish(_message(_later("a@example.org")))
    await ledger.open()
    await until(lambda: queues.depth(LEDGER) == 0)
    await ledger.close(grace_seconds=5)
    await broker.close()
    await until(lambda: queues.depth(LEDGER) == 1)
    assert deliveries(log) == []


async def test_what_cannot_be_read_becomes_a_dead_letter_and_its_neighbours_are_recorded(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    good = _message(_later("a@example.org"))
    bad = Message(exchange=LATER, key="email.normal.60", body=b"{", message_id=good.message_id, kind="x")
    publisher.publish_many([bad, good])
    await ledger.open()
    await _recorded(log, 1)
    await until(lambda: queues.depth(DEAD) == 1)
    (letter,) = queues.take(DEAD)
    assert letter.body == b"{"
    assert "not an event" in (letter.envelope.reason or "")


async def test_what_the_log_refuses_becomes_a_dead_letter_and_its_neighbours_are_recorded(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    publisher.publish_many([_message(_later("nul\x00@example.org")), _message(_later("a@example.org"))])
    await ledger.open()
    await _recorded(log, 1)
    await until(lambda: queues.depth(DEAD) == 1)


async def test_an_innocent_of_the_delivery_limit_goes_back_to_its_target(
    ledger: Ledger, publisher: Publisher, queues: Queues
) -> None:
    event = event_to("a@example.org")
    publisher.publish(_message(event))
    await asyncio.to_thread(queues.refuse, EMAIL, DELIVERY_LIMIT + 1)
    await until(lambda: queues.depth(LEDGER) == 1)
    await ledger.open()
    await until(lambda: queues.depth(EMAIL) == 1)
    (back,) = queues.take(EMAIL)
    assert (back.event, back.key, back.envelope.suspect) == (event, "email.normal", True)
    assert not [name for name in back.headers if "death" in name]


async def test_a_crasher_returned_by_the_delivery_limit_ends_dead(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    event = event_to("a@example.org")
    (key,) = record(log, [event])
    change(log, key, crashes=MAX_CRASHES)
    publisher.publish(_message(event))
    await asyncio.to_thread(queues.refuse, EMAIL, DELIVERY_LIMIT + 1)
    await ledger.open()
    await until(lambda: queues.depth(DEAD) == 1)
    await until(lambda: states(log) == {State.DEAD: 1} and delivery_of(log, key).handed_on)
    (letter,) = queues.take(DEAD)
    assert "crash" in (letter.envelope.reason or "")
    assert queues.depth(EMAIL) == 0


async def test_a_returned_copy_of_what_is_over_is_dropped(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    event = event_to("a@example.org")
    (key,) = record(log, [event])
    change(log, key, state=State.SENT.value, claim=1)
    publisher.publish(_message(event))
    await asyncio.to_thread(queues.refuse, EMAIL, DELIVERY_LIMIT + 1)
    await until(lambda: queues.depth(LEDGER) == 1)
    await ledger.open()
    await until(lambda: queues.depth(LEDGER) == 0)
    await ledger.close(grace_seconds=5)
    assert (queues.depth(EMAIL), queues.depth(DEAD)) == (0, 0)


def _keyed(number: int, wait: timedelta, **more: Any) -> Event:  # noqa: ANN401 - fields of an event
    event = event_to("bob@example.org", due_at=utc_now() + wait)
    return replace(event, key="invoice:42", context={"number": number}, **more)


async def test_the_newest_under_a_key_replaces_what_waits_and_is_sent_when_it_is_due(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    first, second = _keyed(1, timedelta(seconds=0.3)), _keyed(2, timedelta(seconds=1.2))
    for event in (first, second):
        publisher.publish(_message(event))
    await ledger.open()
    await until(lambda: queues.depth(EMAIL) == 1)
    assert second.due_at is not None
    assert utc_now() >= second.due_at
    rows = {row.event_id: row for row in deliveries(log)}
    assert (rows[first.id].state, rows[first.id].reason) == (State.SUPERSEDED, f"superseded by {second.id}")
    await until(lambda: delivery_of(log, rows[second.id].id).handed_on)
    assert wire.decode(queues.take(EMAIL)[0].body).context == {"number": 2}


async def test_a_key_is_put_off_only_so_far(ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues) -> None:
    await ledger.open()
    events, arriving = [], asyncio.create_task(asyncio.to_thread(queues.first_seen, EMAIL))
    for number in range(12):
        events.append(_keyed(number, timedelta(seconds=1), max_wait_seconds=1.5))
        publisher.publish(_message(events[-1]))
        await _recorded(log, len(events))
        await asyncio.sleep(0.2)  # how fast the app publishes, which is what the test is about
    sent = [row for row in deliveries(log) if row.state != State.SUPERSEDED]
    first = min(sent, key=lambda row: row.created_at)
    assert first.event_id != events[-1].id
    assert first.due_at <= min(await arriving, events[0].created_at + timedelta(seconds=1.5))


async def test_the_same_keyed_event_twice_is_one(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    event = _keyed(1, timedelta(seconds=0.3))
    for _ in range(3):
        publisher.publish(_message(event))
    await ledger.open()
    await until(lambda: bool(queues.depth(EMAIL)))
    assert [row.state for row in deliveries(log)] == [State.SCHEDULED]


async def test_an_older_event_that_comes_again_hides_nothing_newer(
    ledger: Ledger, publisher: Publisher, queues: Queues
) -> None:
    older, newer = _keyed(1, timedelta(seconds=0.3)), _keyed(2, timedelta(seconds=1.2))
    for event in (older, newer, older):
        publisher.publish(_message(event))
    await ledger.open()
    await until(lambda: queues.depth(EMAIL) == 1)
    assert wire.decode(queues.take(EMAIL)[0].body).context == {"number": 2}


async def test_a_keyed_event_that_is_due_at_once_goes_at_once(
    ledger: Ledger, publisher: Publisher, queues: Queues
) -> None:
    event = replace(event_to("bob@example.org"), key="invoice:42")
    publisher.publish(_message(event))
    await ledger.open()
    await until(lambda: queues.depth(EMAIL) == 1)


async def test_a_held_event_waits_in_the_log_for_somebody(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    publisher.publish(_message(replace(event_to("bob@example.org"), hold=True, by="carol")))
    await ledger.open()
    await _recorded(log, 1)
    (row,) = deliveries(log)
    assert (row.state, row.reason, row.handed_on) == (State.HELD, "published to be held by carol", False)
    assert queues.depth(EMAIL) == 0


async def test_what_replaces_a_held_event_is_held(ledger: Ledger, publisher: Publisher, log: Engine) -> None:
    publisher.publish(_message(_keyed(1, timedelta(0), hold=True)))
    publisher.publish(_message(_keyed(2, timedelta(0))))
    await ledger.open()
    await _recorded(log, 2)
    assert sorted(row.state for row in deliveries(log)) == [State.HELD, State.SUPERSEDED]


async def test_withdrawing_a_key_cancels_what_waits(ledger: Ledger, publisher: Publisher, log: Engine) -> None:
    publisher.publish(_message(_keyed(1, SOON)))
    publisher.publish(_message(replace(_keyed(2, timedelta(0)), withdraw=True, to=())))
    await ledger.open()
    await until(lambda: [row.state for row in deliveries(log)] == [State.CANCELLED])
    assert deliveries(log)[0].reason == "withdrawn by the app"


async def test_a_keyed_fallback_is_acknowledged_only_once_it_has_its_turn(
    ledger: Ledger, broker: Broker, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    chain = Step(target="push"), Step(target="email", after_seconds=SOON.total_seconds())
    keyed = replace(_keyed(1, SOON), chain=chain)
    (first,) = record(log, [replace(keyed, target="push")])
    change(log, first, state=State.DEAD)
    publisher.publish(_message(keyed))
    with log.begin() as others:
        stand_in_line(others, LINE)
        await ledger.open()
        await _recorded(log, 2)
        await ledger.close(grace_seconds=0.5)
        await broker.close()
        await until(lambda: queues.depth(LEDGER) == 1)
    pool = log.pool
    assert isinstance(pool, QueuePool)
    await until(lambda: pool.checkedout() <= 1)  # the journal keeps one; what stood in line goes on in its thread
