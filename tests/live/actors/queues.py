"""Looking into queues, and waiting for what should be there."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from columba_shared import wire
from columba_shared.clock import utc_now
from columba_shared.envelope import Envelope
from columba_shared.event import Event
from columba_shared.publishing.connection import Access, connected

from tests.services.rabbitmq import RabbitMQ


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One message taken out of a queue."""

    body: bytes
    key: str
    headers: Mapping[str, Any]

    @property
    def envelope(self) -> Envelope:
        """What it says of itself."""
        return Envelope.from_headers(self.headers)

    @property
    def event(self) -> Event:
        """The event in it."""
        return wire.decode(self.body)


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues of one broker."""

    access: Access
    broker: RabbitMQ
    url: str

    def depth(self, queue: str) -> int | None:
        """Return how many messages are ready; None when there is no such queue. One that is late is waited for."""
        return self.broker.ready(self.url, queue)

    def take(self, queue: str) -> list[Found]:
        """Take everything that is ready out of a queue."""
        with connected(self.access) as connection:
            channel, found = connection.channel(), []
            while (message := channel.basic_get(queue, no_ack=True)) is not None:
                body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
                key = message.delivery_info["routing_key"]
                found.append(Found(body=body, key=key, headers=message.headers))
            return found

    def refuse(self, queue: str, times: int) -> None:
        """Receive the first message of a queue and return it unsettled, so many times."""
        with connected(self.access) as connection:
            channel, done = connection.channel(), 0
            while done < times:
                message = channel.basic_get(queue)
                if message is not None:
                    channel.basic_reject(message.delivery_info["delivery_tag"], requeue=True)
                    done += 1

    def first_seen(self, queue: str, *, seconds: float = 60.0) -> datetime:
        """Wait for a message, which stays; return when it was there. One connection for all looks: each is quick."""
        deadline = time.monotonic() + seconds
        with connected(self.access) as connection:
            channel = connection.channel()
            while channel.basic_get(queue) is None:
                assert time.monotonic() < deadline, f"nothing came into {queue}"
                time.sleep(0.05)
            return utc_now()

    def purge(self, queue: str) -> int:
        """Drop everything that is ready, as an operator's mistake would."""
        with connected(self.access) as connection:
            purged: int = connection.channel().queue_purge(queue)
            return purged

    def delete(self, queue: str) -> None:
        """Delete a queue, as an operator's mistake would."""
        with connected(self.access) as connection:
            connection.channel().queue_delete(queue)


async def until(true: Callable[[], bool], *, seconds: float = 15.0) -> None:
    """Wait until it is so; fails when it is not so in time."""
    begun = time.monotonic()
    while not await asyncio.to_thread(true):
        waited = time.monotonic() - begun
        assert waited < seconds, "it never came to be so"
        await asyncio.sleep(min(0.2, 0.02 + waited / 10))  # a look is work: most take a connection of their own
