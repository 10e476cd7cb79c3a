"""How a process takes up a message: code of the app knows which; what may have killed the one before is alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.delivery.decision import Decision, irrelevant
from columba_consumers.delivery.parcel import Parcel
from columba_consumers.delivery.turnstile import Turnstile
from columba_shared import wire
from columba_shared.event import Event, Lane, Recipient
from columba_shared.identity import event_id
from columba_shared.log.entries import Lease, Standing, Suspicion
from columba_shared.state import State
from columba_shared.underway import UNDERWAY

from tests.unit.consumers.delivery.carriers import NOW, carrier_of

GONE = Standing(state=State.SENT, claim=7, attempts=1, crashes=0, handed_on=False, due_at=NOW, reason=None, lease=None)

LEASE = Lease(process_id=UUID(int=1), token=1)


@dataclass(slots=True)
class Place:
    """All that a carrier needs to take up suspects, each of which turns out to have been sent long ago."""

    name: str = "email"
    taken_up: list[Lane] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    noted: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Give a slot."""
        yield

    async def suspect(self, suspicion: Suspicion) -> Standing:
        """Note whose turn it is, and keep it until the gate is open."""
        self.taken_up.append(suspicion.event.event.lane)
        self.noted.release()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.gate.wait()
        await asyncio.sleep(0)
        self.at_once -= 1
        return GONE

    def destination(self, address: str) -> str:
        """Everybody is at the same place."""
        del address
        return ""

    async def after_loss(self, *_: object) -> None:
        """Nothing follows."""

    def ack(self, _: Received) -> None:
        """Settle it."""


@dataclass(slots=True)
class Asking(Place):
    """A place where the app is asked, and notes from which delivery it is."""

    called_from: list[Event | None] = field(default_factory=list)

    async def relevance(self, parcel: Parcel) -> Decision | None:
        """Note it, and let nothing be told."""
        self.called_from.append(UNDERWAY.get())
        return irrelevant(attempts=parcel.envelope.attempts, now=NOW)

    def take(self) -> Lease:
        """Give the only lease."""
        return LEASE

    async def claim(self, _: object) -> Standing:
        """Somebody else has it by now."""
        return GONE


def redelivered(lane: Lane, *, audience: str | None = None) -> Received:
    to = () if audience else (Recipient(address="bob@example.org"),)
    event = Event(
        id=event_id(), kind="invoice.ready", target="email", to=to, audience=audience, lane=lane, created_at=NOW
    )
    return Received(
        body=wire.encode(event),
        headers={},
        queue=f"columba.email.{lane}",
        key=f"email.{lane}",
        content_type=wire.CONTENT_TYPE,
        redelivered=True,
        generation=1,
        tag=1,
    )


@pytest.mark.parametrize("audience", [None, "subscribers"])
async def test_among_suspects_the_urgent_go_first(audience: str | None) -> None:
    place = Place()
    carrier = carrier_of(place, turnstile=Turnstile(10))
    lanes = (Lane.BULK, Lane.BULK, Lane.NORMAL, Lane.URGENT, Lane.NORMAL)
    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(carrier.carry(redelivered(lane, audience=audience)))
        await asyncio.sleep(0)
        place.gate.set()
    assert place.taken_up == [Lane.BULK, Lane.URGENT, Lane.NORMAL, Lane.NORMAL, Lane.BULK]


async def test_suspects_are_taken_up_one_at_a_time() -> None:
    place = Place()
    place.gate.set()
    carrier = carrier_of(place, turnstile=Turnstile(10))
    await asyncio.gather(*(carrier.carry(redelivered(Lane.NORMAL)) for _ in range(5)))
    assert (len(place.taken_up), place.most_at_once) == (5, 1)


async def test_suspects_do_not_wait_for_an_audience_that_is_suspect() -> None:
    place = Place()
    carrier = carrier_of(place, turnstile=Turnstile(10))
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(carrier.carry(redelivered(Lane.BULK, audience="subscribers")))
        group.create_task(carrier.carry(redelivered(Lane.NORMAL)))
        await place.noted.acquire()
        await place.noted.acquire()
        place.gate.set()
    assert place.most_at_once == 2


@pytest.mark.parametrize("audience", [None, "subscribers"])
async def test_the_app_is_asked_within_what_is_being_told(audience: str | None) -> None:
    place = Asking()
    received = replace(redelivered(Lane.NORMAL, audience=audience), redelivered=False)
    await carrier_of(place, turnstile=Turnstile(1)).carry(received)
    assert place.called_from == [wire.decode(received.body)]
