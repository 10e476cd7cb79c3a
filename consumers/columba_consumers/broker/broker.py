"""What the core asks of a broker: receive, acknowledge, publish. Everything else differs and stays inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from columba_shared.publishing.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as it came in, and what is needed to settle it."""

    body: bytes
    headers: Mapping[str, Any]
    queue: str
    key: str
    content_type: str | None
    redelivered: bool
    generation: int
    tag: int


Receive = Callable[[Received], None]
"""Called in the event loop for every message; must not block and must not raise."""


class Subscription(Protocol):
    """A set of queues that are being received from."""

    async def pause(self) -> None:
        """Stop receiving; what was received stays the receiver's to settle.

        What the broker had under way at that moment returns to its queue, and may come marked as redelivered.
        """

    async def resume(self) -> None:
        """Receive again."""


class Broker(Protocol):
    """RabbitMQ through pika, or the embedded one."""

    @property
    def keeps_waits(self) -> bool:
        """Whether waits and dead letters live in the broker (RabbitMQ) or in the log alone (embedded)."""

    async def open(self) -> None:
        """Connect, and stay connected from then on until close; raises BrokerLost if the first try fails for good."""

    async def subscribe(self, queues: tuple[str, ...], *, prefetch: int, receive: Receive) -> Subscription:
        """Receive from these queues, at most ``prefetch`` unsettled from each, across reconnects."""

    def ack(self, received: Received) -> None:
        """Settle it; an ack for a connection that is gone is dropped, since the message comes again."""

    def hand_back(self, received: Received) -> None:
        """Return it to its queue unsettled, for another process or for later."""

    async def publish(self, message: Message) -> None:
        """Publish, and return once the broker has confirmed.

        Raises BrokerLost when that stays unknown and Unroutable when no queue takes it.
        """

    @property
    def healthy(self) -> bool:
        """Whether every subscription that should receive does."""

    async def close(self) -> None:
        """Flush acks and confirms, then disconnect; what is unsettled returns to its queue."""
