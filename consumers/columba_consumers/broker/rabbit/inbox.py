"""What comes in from one queue on one channel, from the channel's first delivery to its end."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Self

from columba_shared.telemetry import emit

from columba_consumers.broker.broker import Receive, Received
from columba_consumers.broker.rabbit.acks import Acks
from columba_consumers.broker.rabbit.channel import Channel
from columba_consumers.broker.rabbit.connection import Connection
from columba_consumers.broker.rabbit.neglect import Neglect

_BUG_PAUSE_SECONDS: Final = 1.0
"""How long a message stays here whose receiver raised: handing it back at once would spin."""


class Inbox:
    """One channel with at most one consumer on it, ended as soon as the broker takes either away."""

    def __init__(self, channel: Channel, *, queue: str, generation: int, receive: Receive) -> None:
        self.queue = queue
        self.generation = generation
        self.ended = False
        self._channel = channel
        self._receive = receive
        self._acks = Acks()
        self._consumer: str | None = None
        self._flushing = False
        self._neglect = Neglect.of(queue)
        self._on_end: list[Callable[[], object]] = []
        self._loop = asyncio.get_running_loop()
        channel.on_cancel(self._on_cancel)
        channel.closed.add_done_callback(lambda _closed: self._end())

    @classmethod
    async def open(
        cls, connection: Connection, *, queue: str, prefetch: int, generation: int, receive: Receive
    ) -> Self:
        """Open a channel for this queue; raises BrokerLost."""
        channel = await connection.channel()
        inbox = cls(channel, queue=queue, generation=generation, receive=receive)
        await channel.limit(prefetch)
        return inbox

    @property
    def receiving(self) -> bool:
        """Whether the broker has a consumer of ours on this queue."""
        return self._consumer is not None and not self.ended

    async def is_neglected(self) -> bool:
        """Say whether the broker seems to have forgotten our consumer; to be asked every few seconds.

        It costs the broker a question while nothing comes in, else nothing. Raises BrokerLost, for a queue that does
        not exist as well.
        """
        if not self.receiving or self._acks or not self._neglect.is_still(self._acks.last):
            return False
        forgotten = self._neglect.seen(await self._channel.depth(self.queue))
        return forgotten and not self._acks

    def on_end(self, told: Callable[[], object]) -> None:
        """Have this called when it has ended."""
        self._on_end.append(told)

    def on_close(self, told: Callable[[], object]) -> None:
        """Have this called when the channel is closed and nothing can be settled on it any more."""
        self._channel.closed.add_done_callback(lambda _closed: told())

    async def start(self) -> None:
        """Consume; raises BrokerLost, for a queue that does not exist as well."""
        if self._consumer is None:
            self._consumer = await self._channel.consume(self.queue, self._on_deliver)

    async def stop(self) -> None:
        """Stop consuming; the channel stays, so that what was received can be settled. Raises BrokerLost."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await self._channel.cancel(consumer)

    async def close(self) -> None:
        """Stop, send the acks that wait, close the channel, so that the unsettled return. Raises BrokerLost."""
        await self.stop()
        self.flush()
        await self._channel.close()

    def ack(self, tag: int) -> None:
        """Settle it with the next flush, before the loop waits for anything again."""
        if self._acks.ack(tag) and not self._flushing:
            self._flushing = True
            self._loop.call_soon(self.flush)

    def hand_back(self, tag: int) -> None:
        """Return it to the queue now."""
        if self._acks.hand_back(tag) and self._channel.is_open:
            self._channel.nack(tag)

    def flush(self) -> None:
        """Send the acks that wait."""
        self._flushing = False
        acks = self._acks.flush()
        if self._channel.is_open:
            for tag, multiple in acks:
                self._channel.ack(tag, multiple=multiple)

    def _on_deliver(self, _wire: object, method: Any, properties: Any, body: bytes) -> None:  # noqa: ANN401 - pika is untyped
        tag = method.delivery_tag
        self._acks.received(tag)
        received = Received(
            body=body,
            headers=properties.headers or {},
            queue=self.queue,
            key=method.routing_key,
            content_type=properties.content_type,
            redelivered=method.redelivered,
            generation=self.generation,
            tag=tag,
        )
        try:
            self._receive(received)
        except Exception as error:  # noqa: BLE001 - a receiver's bug must not cost the others their connection
            emit("broker.receiver_failed", queue=self.queue, error=error)
            self._loop.call_later(_BUG_PAUSE_SECONDS, self.hand_back, tag)

    def _on_cancel(self) -> None:
        """Take it as the end of this channel too: the broker has returned, or dropped, all that was unsettled."""
        self._consumer = None
        emit("broker.cancelled", queue=self.queue)
        self._end()

    def _end(self) -> None:
        self.ended = True
        for told in self._on_end:
            told()
