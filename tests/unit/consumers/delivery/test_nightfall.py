"""Whoever came by day and has their turn at night, since the target was down perhaps, is told in the morning."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from columba_consumers.broker.broker import Received
from columba_consumers.delivery.quiet import QuietHours
from columba_consumers.pace import Turn
from columba_shared import wire
from columba_shared.envelope import Envelope
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id
from columba_shared.log.entries import Claim, Lease
from columba_shared.state import State

from tests.unit.consumers.delivery.carriers import NOW, POLICY, carrier_of

BEDTIME = NOW + timedelta(hours=1)
MORNING = NOW + timedelta(hours=9)


@dataclass(slots=True)
class Place:
    """All that a carrier needs where everybody waits until night for their turn."""

    name: str = "email"
    now: datetime = NOW
    claims: list[Claim] = field(default_factory=list)

    def destination(self, address: str) -> str:
        """Say where it goes."""
        return address.partition("@")[2]

    @asynccontextmanager
    async def turn(self, *_: object, **__: object) -> AsyncIterator[Turn]:
        """Let it in when it is late."""
        self.now = BEDTIME
        yield Turn("example.org")

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Have one."""
        yield

    def take(self) -> Lease:
        """Hold it."""
        return Lease(process_id=UUID(int=1), token=1)

    async def claim(self, claim: Claim) -> None:
        """Win it."""
        self.claims.append(claim)

    async def after(self, *_: object, **__: object) -> None:
        """Nothing follows."""

    def ack(self, _: Received) -> None:
        """Settle it."""


async def test_whoever_has_a_turn_only_at_night_waits_until_it_is_over() -> None:
    place = Place()
    night = QuietHours(begin=time(BEDTIME.hour), end=time(MORNING.hour))
    carrier = replace(
        carrier_of(place, turnstile=cast("Any", place)), policy=replace(POLICY, quiet=night), now=lambda: place.now
    )
    event = Event(
        id=event_id(), kind="invoice.ready", target="email", to=(Recipient(address="bob@example.org"),), created_at=NOW
    )
    await carrier.carry(
        Received(
            body=wire.encode(event),
            headers=Envelope().headers(),
            queue="columba.email.normal",
            key="email.normal",
            content_type=wire.CONTENT_TYPE,
            redelivered=False,
            generation=1,
            tag=1,
        )
    )
    (claim,) = place.claims
    assert (claim.state, claim.due_at, claim.attempts) == (State.SCHEDULED, MORNING, 0)
