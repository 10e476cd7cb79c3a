"""Embedded, the log alone wakes deliveries: in time, few at once, and none at another's expense."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.broker.embedded import EmbeddedBroker
from columba_consumers.delivery.parcel import unpack
from columba_consumers.reconciler import Offerer, recover
from columba_consumers.reconciler import offerer as offering
from columba_shared.clock import utc_now
from columba_shared.envelope import Envelope
from columba_shared.event import Event, Lane
from columba_shared.log.engine import connect
from columba_shared.log.own_outbox import create_outbox
from columba_shared.log.tables import event, outbox
from columba_shared.state import State
from columba_shared.topology import Plan, target_queue
from msgspec.structs import replace as changed
from sqlalchemy import Engine, update
from sqlalchemy.event import listen

from tests.contract.actors.arranged import change, delivery_of, event_to, put_into_outbox, record, states

TARGETS = ("email", "sms")


class Inbox:
    """Receives what is offered, and settles nothing."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.times: list[datetime] = []
        self._more = asyncio.Event()

    def __call__(self, received: Received) -> None:
        """Take one message."""
        self.received.append(received)
        self.times.append(utc_now())
        self._more.set()

    async def until(self, count: int) -> None:
        """Wait until so many have come in total."""
        async with asyncio.timeout(10):
            while len(self.received) < count:
                self._more.clear()
                await self._more.wait()

    @property
    def envelopes(self) -> list[Envelope]:
        """What they said of themselves."""
        return [Envelope.from_headers(received.headers) for received in self.received]


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """An embedded broker for two targets."""
    broker = EmbeddedBroker(Plan.for_targets(TARGETS))
    await broker.open()
    yield broker
    await broker.close()


@pytest.fixture
async def inbox(broker: EmbeddedBroker) -> Inbox:
    """A receiver on every queue."""
    inbox = Inbox()
    queues = tuple(target_queue(target, lane) for target in TARGETS for lane in Lane)
    await broker.subscribe(queues, prefetch=10_000, receive=inbox)
    return inbox


@pytest.fixture
def offerer(file_log: Engine, broker: EmbeddedBroker) -> Offerer:
    """An offerer of at most ten for each lane."""
    return Offerer(file_log, broker, targets=TARGETS, outstanding=10)


@pytest.fixture
async def running(offerer: Offerer, inbox: Inbox) -> AsyncIterator[Offerer]:
    """An offerer at work."""
    del inbox
    async with at_work(offerer):
        yield offerer


@asynccontextmanager
async def at_work(offerer: Offerer) -> AsyncIterator[None]:
    """Have it offer meanwhile."""
    task = asyncio.create_task(offerer.run())
    try:
        yield
    finally:
        offerer.stop()
        await task


def _many(number: int, **changes: str | Lane | datetime | None) -> list[Event]:
    return [event_to(f"{each}@example.org", **changes) for each in range(number)]  # type: ignore[arg-type]


async def test_what_is_due_is_offered_and_noted_as_such(file_log: Engine, offerer: Offerer, inbox: Inbox) -> None:
    (key,) = record(file_log, _many(1))
    assert await offerer.run_once() == 1
    await inbox.until(1)
    assert delivery_of(file_log, key).handed_on
    assert await offerer.run_once() == 0


async def test_nothing_is_offered_before_it_is_due(file_log: Engine, offerer: Offerer) -> None:
    record(file_log, _many(1, due_at=utc_now() + timedelta(minutes=1)))
    assert await offerer.run_once() == 0


async def test_a_deferred_delivery_is_offered_when_it_is_due(
    file_log: Engine, broker: EmbeddedBroker, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SHORTEST_REST_SECONDS", "IDLE_SECONDS"):  # whoever rested as ever would be that late
        monkeypatch.setattr(offering, name, 60.0)
    due_at = utc_now() + timedelta(seconds=1.5)
    record(file_log, _many(1, due_at=due_at))
    async with at_work(Offerer(file_log, broker, targets=TARGETS)):
        await inbox.until(1)
    assert inbox.times[0] >= due_at


async def test_no_more_than_the_bound_is_out_at_once(file_log: Engine, offerer: Offerer, inbox: Inbox) -> None:
    keys = record(file_log, _many(25))
    assert [await offerer.run_once(), await offerer.run_once()] == [10, 0]
    for key in keys[:4]:
        change(file_log, key, state=State.SENT.value, handed_on=False)
    assert await offerer.run_once() == 4
    await inbox.until(14)


async def test_what_is_being_sent_counts_against_the_bound(file_log: Engine, offerer: Offerer) -> None:
    keys = record(file_log, _many(25))
    await offerer.run_once()
    for key in keys:
        if delivery_of(file_log, key).handed_on:
            change(file_log, key, state=State.SENDING.value, handed_on=False, claim=1)
    assert await offerer.run_once() == 0


async def test_a_target_that_takes_nothing_holds_up_no_other_lane_and_no_other_target(
    file_log: Engine, offerer: Offerer, inbox: Inbox
) -> None:
    record(file_log, _many(25))
    await offerer.run_once()
    record(file_log, [event_to("u@example.org", lane=Lane.URGENT), event_to("+491", target="sms")])
    assert await offerer.run_once() == 2
    await inbox.until(12)
    assert {received.queue for received in inbox.received[10:]} == {"columba.email.urgent", "columba.sms.normal"}


async def test_a_retry_is_offered_under_its_next_claim(file_log: Engine, offerer: Offerer, inbox: Inbox) -> None:
    (key,) = record(file_log, _many(1))
    await offerer.run_once()
    change(file_log, key, state=State.RETRYING.value, claim=1, attempts=1, handed_on=False, due_at=utc_now())
    assert await offerer.run_once() == 1
    await inbox.until(2)
    assert [(each.claim, each.attempts) for each in inbox.envelopes] == [(0, 0), (1, 1)]


async def test_after_a_restart_what_had_been_offered_is_offered_as_a_suspect(
    file_log: Engine, offerer: Offerer, broker: EmbeddedBroker, inbox: Inbox
) -> None:
    record(file_log, _many(3))
    await offerer.run_once()
    recover(file_log, policies={})
    assert await Offerer(file_log, broker, targets=TARGETS).run_once() == 3
    await inbox.until(6)
    assert [each.suspect for each in inbox.envelopes] == [False] * 3 + [True] * 3


async def test_a_delivery_that_nobody_can_read_any_more_is_dead_and_in_nobodys_way(
    file_log: Engine, offerer: Offerer, inbox: Inbox
) -> None:
    broken, sound = record(file_log, _many(2))
    _spoil(file_log, delivery_of(file_log, broken).event_id)
    assert await offerer.run_once() == 1
    await inbox.until(1)
    row = delivery_of(file_log, broken)
    assert (row.state, delivery_of(file_log, sound).handed_on) == (State.DEAD, True)
    assert "cannot be read" in row.reason


@pytest.mark.usefixtures("running")
async def test_a_long_line_is_worked_off_as_it_is_settled(file_log: Engine, inbox: Inbox) -> None:
    await asyncio.to_thread(record, file_log, _many(40))
    for count in range(10, 41, 10):
        await inbox.until(count)
        for received in inbox.received[count - 10 : count]:
            change(file_log, unpack(received, target="email", now=utc_now()).delivery_id, state=State.SENT.value)
    assert states(file_log) == {State.SENT: 40}


def _spoil(log: Engine, event_id: UUID) -> None:
    with log.begin() as connection:
        connection.execute(update(event).where(event.c.id == event_id).values(body=b"spoilt"))


async def test_what_has_a_key_waits_for_an_outbox_in_another_database(
    file_log: Engine, broker: EmbeddedBroker, inbox: Inbox, tmp_path: Path
) -> None:
    del inbox
    elsewhere = connect(f"sqlite:///{tmp_path / 'app.db'}")
    record(file_log, [changed(event_to("a@example.org"), key="k"), event_to("b@example.org")])
    times = iter(range(0, 1_000_000, 10))
    offerer = Offerer(file_log, broker, targets=TARGETS, outboxes=[elsewhere], monotonic=lambda: next(times))
    assert await offerer.run_once() == 1  # it has no table yet, so that nobody knows what is in it
    create_outbox(elsewhere)
    put_into_outbox(elsewhere, [event_to("c@example.org")])
    change_outbox(elsewhere, written_at=utc_now() - timedelta(hours=1))
    assert await offerer.run_once() == 0
    change_outbox(elsewhere, written_at=utc_now() + timedelta(hours=1))
    assert await offerer.run_once() == 1
    elsewhere.dispose()


async def test_what_has_to_wait_for_an_outbox_that_is_away_takes_no_room_from_what_need_not(
    file_log: Engine, broker: EmbeddedBroker, inbox: Inbox, tmp_path: Path
) -> None:
    elsewhere = connect(f"sqlite:///{tmp_path / 'app.db'}")  # without a table
    asked: list[object] = []
    listen(elsewhere, "begin", asked.append)
    record(file_log, [changed(event, key=str(n)) for n, event in enumerate(_many(20))])
    record(file_log, [changed(event_to("+491", target="sms"), key="k"), *_many(3)])
    offerer = Offerer(file_log, broker, targets=TARGETS, outboxes=[elsewhere], outstanding=10, monotonic=lambda: 0.0)
    assert await offerer.run_once() == 3
    assert await offerer.run_once() == 0
    await inbox.until(3)
    assert len(asked) == 1  # though two lines wait for it, twice
    elsewhere.dispose()


def change_outbox(engine: Engine, *, written_at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(update(outbox).values(written_at=written_at))
