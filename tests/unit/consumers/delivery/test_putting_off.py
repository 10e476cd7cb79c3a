"""Whoever finds too many others is recorded as put off: at nobody's expense, and on time only if they came on time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.delivery.accounts import Unavailable
from columba_consumers.delivery.turnstile import Crowded
from columba_consumers.rendering.rendered import Rendered
from columba_shared import wire
from columba_shared.envelope import Envelope
from columba_shared.event import Event, Lane, Recipient
from columba_shared.identity import event_id
from columba_shared.log.entries import Claim, Lease
from columba_shared.state import State

from tests.unit.consumers.delivery.carriers import NOW, carrier_of


@dataclass(slots=True)
class Place:
    """All that a carrier needs where it is always too crowded."""

    name: str = "email"
    asked: list[tuple[Lane, bool]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def destination(self, address: str) -> str:
        """Say where it goes."""
        return address.partition("@")[2]

    @asynccontextmanager
    async def turn(self, *lanes: Lane, **_: object) -> AsyncIterator[None]:
        """Let nobody in."""
        if lanes:
            raise Crowded(cast("Any", self), cast("Any", self))
        yield

    async def put_off(self, gate: object, lane: Lane, *, punctual: bool) -> float:
        """Say when to come again."""
        del gate
        self.asked.append((lane, punctual))
        return 60.0

    def reason(self, gate: object) -> str:
        """Say why."""
        del gate
        return "enough for now"

    def take(self) -> Lease:
        """Hold it."""
        return Lease(process_id=UUID(int=1), token=1)

    async def claim(self, claim: Claim) -> None:
        """Win it."""
        self.claims.append(claim)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """There is one."""
        yield

    async def after(self, *_: object, **__: object) -> None:
        """Nothing follows."""

    def ack(self, _: Received) -> None:
        """Settle it."""


def arriving(late: timedelta, *, claim: int) -> Received:
    event = Event(
        id=event_id(),
        kind="invoice.ready",
        target="email",
        to=(Recipient(address="bob@example.org"),),
        lane=Lane.BULK,
        created_at=NOW - timedelta(hours=2),
    )
    return Received(
        body=wire.encode(event),
        headers=Envelope(claim=claim, attempts=2, due_at=NOW - late).headers(),
        queue="columba.email.bulk",
        key="email.bulk",
        content_type=wire.CONTENT_TYPE,
        redelivered=False,
        generation=1,
        tag=1,
    )


@pytest.mark.parametrize(
    ("late", "claim", "punctual"),
    [(timedelta(seconds=5), 1, True), (timedelta(hours=1), 1, False), (timedelta(seconds=5), 0, False)],
    ids=["came back on time", "came back late", "is new"],
)
async def test_only_who_came_back_on_time_keeps_their_turn(late: timedelta, claim: int, *, punctual: bool) -> None:
    place = Place()
    await carrier_of(place).carry(arriving(late, claim=claim))
    assert place.asked == [(Lane.BULK, punctual)]


async def test_being_put_off_is_recorded_with_its_reason_and_spends_no_attempt() -> None:
    place = Place()
    await carrier_of(place).carry(arriving(timedelta(0), claim=1))
    (claim,) = place.claims
    assert (claim.state, claim.reason, claim.attempts) == (State.SCHEDULED, "enough for now", 2)
    assert claim.due_at == NOW + timedelta(minutes=1)


@dataclass(slots=True)
class NoAccount(Place):
    """A target with room, none of whose accounts takes a mail now."""

    several: bool = True
    are_down: bool = False
    state: State | None = None

    @asynccontextmanager
    async def turn(self, *names: object, **_: object) -> AsyncIterator[Any]:
        """Let everybody in at the target, and nobody at an account."""
        if "a mail" in names:
            raise Unavailable("account news has all its connections in use", seconds=90)
        yield self

    async def relevance(self, _: object) -> None:
        """It is wanted."""

    async def render(self, _: object) -> Rendered:
        """Say something."""
        return Rendered("a mail", None)


async def test_who_waits_for_an_account_has_made_no_attempt() -> None:
    place = NoAccount()
    carrier = replace(carrier_of(place), accounts=cast("Any", place))
    await carrier.carry(arriving(timedelta(0), claim=1))
    (claim,) = place.claims
    assert (claim.state, claim.reason) == (State.SCHEDULED, "account news has all its connections in use")
    assert (claim.due_at, claim.attempts, claim.spent) == (NOW + timedelta(seconds=90), 2, 0)
    assert claim.attempt is None
