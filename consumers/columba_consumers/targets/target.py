"""The seam between the core and a way out: what a target must do, and nothing about how."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

Content = Any
"""What a target's renderers make; nobody but the target looks inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRef:
    """What a target may know of the delivery it makes; ``id`` is the same for every attempt."""

    id: UUID
    event_id: UUID
    kind: str
    address: str
    name: str | None
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider took it: what it said, and its own id for the message."""

    reply: str
    provider_id: str | None = None
    message: bytes | None = None
    """Exactly what it was given, for those who keep that."""


class Slot(Protocol):
    """The right to have one delivery at the provider.

    It is kept until the outcome is committed, so that a crash leaves in doubt only what the provider had in hand.
    """

    async def deliver(self, message: Content, delivery: DeliveryRef) -> Receipt:
        """Hand the message over; raises DeliveryError, and nothing else on purpose."""


class Target(Protocol):
    """A way out: email, SMS, and so on."""

    @property
    def name(self) -> str:
        """The name that events use."""

    @property
    def slots(self) -> int:
        """How many deliveries one process may have at the provider at once."""

    def destination(self, address: str) -> str:
        """Return whose pace a delivery to this address keeps, such as a domain's; empty: the target's alone.

        What a DeliveryError names as its destination is one of these, or the account's name.
        """

    def slot(self) -> AbstractAsyncContextManager[Slot]:
        """Wait for a free slot and hold it."""

    async def gather(self, message: Content) -> Content:
        """Return the message with all that it names read: what is sent, or kept for later; raises DeliveryError."""

    async def preview(self, message: Content, delivery: DeliveryRef) -> bytes | None:
        """Put the message together as for delivery, and ask nobody; raises InvalidMessage.

        Return the mail that would leave; None where it is no mail, and the message itself says what would.
        """

    async def probe(self) -> None:
        """Find out cheaply whether the target works; raises TargetDown while it does not."""

    async def close(self) -> None:
        """Let go of every connection."""
