"""What a carrier writes, and in which order, about an address of which the provider says that nobody is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from columba_consumers.broker.broker import Received
from columba_consumers.delivery.decision import Decision, decide
from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.outcome import Reject, Stage
from columba_consumers.rendering.rendered import Rendered
from columba_shared import wire
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id
from columba_shared.log.bounce import Finding, Reported
from columba_shared.log.entries import Lease

from tests.unit.consumers.delivery.carriers import NOW, POLICY, carrier_of


class Place:
    """All that a carrier needs for one delivery, which its target rejects; notes what is written."""

    name = "email"

    def __init__(self, *, recipient_dead: bool) -> None:
        self.written: list[str] = []
        self.given_up: Reported | None = None
        self._rejected = Reject(reason="550 5.1.1 gone", stage=Stage.DELIVER, recipient_dead=recipient_dead)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Give a slot."""
        yield

    def take(self) -> Lease:
        """Give a lease."""
        return Lease(process_id=uuid4(), token=1)

    async def relevance(self, _: object) -> None:
        """It always is."""

    async def render(self, _: object) -> Rendered:
        """Make a message."""
        return Rendered("a message", None)

    async def deliver(self, *_: object) -> Decision:
        """Be rejected."""
        return decide(self._rejected, attempts=0, policy=POLICY, now=NOW)

    async def claim(self, _: object) -> None:
        """Let it be claimed."""
        self.written.append("claim")

    def destination(self, address: str) -> str:
        """Everybody is at the same place."""
        del address
        return ""

    async def take_out_of_use(self, dead: Reported) -> None:
        """Note which address."""
        self.written.append("out of use")
        self.given_up = dead

    async def settle(self, _: object) -> bool:
        """Take the outcome."""
        self.written.append("settle")
        return True

    async def after(self, *_: object, **__: object) -> None:
        """Nothing follows."""

    def ack(self, _: Received) -> None:
        """Settle it."""


async def carried(place: Place) -> Place:
    carrier = carrier_of(place, turnstile=Turnstile(1))
    event = Event(
        id=event_id(),
        kind="invoice.ready",
        target="email",
        to=(Recipient(address="bob@example.org"),),
        created_at=NOW - timedelta(seconds=1),
    )
    received = Received(
        body=wire.encode(event),
        headers={},
        queue="columba.email.normal",
        key="email.normal",
        content_type=wire.CONTENT_TYPE,
        redelivered=False,
        generation=1,
        tag=1,
    )
    await carrier.carry(received)
    return place


async def test_the_address_is_out_of_use_before_the_delivery_is_settled() -> None:
    place = await carried(Place(recipient_dead=True))
    assert place.written == ["claim", "out of use", "settle"]
    assert place.given_up is not None
    assert (place.given_up.finding, place.given_up.said) == (Finding.HARD, "550 5.1.1 gone")


async def test_any_other_rejection_leaves_the_address_alone() -> None:
    place = await carried(Place(recipient_dead=False))
    assert place.written == ["claim", "settle"]
