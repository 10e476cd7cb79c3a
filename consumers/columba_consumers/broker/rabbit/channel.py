"""One channel: pika's callbacks as things to await, its errors as BrokerLost."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self, TypeAlias

from pika import BasicProperties
from pika.exceptions import AMQPError, ChannelWrongStateError, ConnectionWrongStateError

from columba_consumers.broker.rabbit.reason import reason
from columba_consumers.errors import BrokerLost, Refused

Wire: TypeAlias = Any
Frame: TypeAlias = Any
Deliver: TypeAlias = Callable[[Any, Any, Any, bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many messages of a queue wait to be given out, and to how many consumers the broker would give them."""

    ready: int
    consumers: int


class Channel:
    """An open channel; ``closed`` tells why it ended as soon as it has."""

    def __init__(self, answer_within: timedelta) -> None:
        self.closed: asyncio.Future[BrokerLost] = asyncio.get_running_loop().create_future()
        self._answer_seconds = answer_within.total_seconds()
        self._wire: Wire = None

    @classmethod
    async def open(cls, connection: Wire, *, answer_within: timedelta) -> Self:
        """Open a channel on pika's connection; raises BrokerLost."""
        channel = cls(answer_within)
        await channel._answer(lambda done: channel._begin(connection, done))
        return channel

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return bool(self._wire.is_open)

    async def limit(self, prefetch: int) -> None:
        """Let each consumer have that many unsettled messages (quorum queues refuse a limit for the whole channel)."""
        await self._answer(lambda done: self._wire.basic_qos(prefetch_count=prefetch, callback=done))

    def on_cancel(self, cancelled: Callable[[], None]) -> None:
        """Have this called when the broker ends a consumer, which is all that anybody hears of it."""
        self._wire.add_on_cancel_callback(lambda _frame: cancelled())

    async def consume(self, queue: str, deliver: Deliver) -> str:
        """Consume and return the consumer's tag; raises BrokerLost, for a queue that does not exist as well."""
        tags: list[str] = []
        await self._answer(lambda done: tags.append(self._wire.basic_consume(queue, deliver, callback=done)))
        return tags[0]

    async def cancel(self, tag: str) -> None:
        """Stop a consumer; what is still on its way returns to the queue, marked as redelivered. Raises BrokerLost."""
        await self._answer(lambda done: self._wire.basic_cancel(tag, done))

    async def depth(self, queue: str) -> Depth:
        """Ask how a queue stands; raises BrokerLost, also for one that does not exist, which ends the channel."""
        answer = await self._answer(lambda done: self._wire.queue_declare(queue, passive=True, callback=done))
        return Depth(ready=answer.method.message_count, consumers=answer.method.consumer_count)

    async def confirm(
        self, confirmed: Callable[[Frame], None], returned: Callable[[Any, Any, Any, bytes], None]
    ) -> None:
        """Have every publish from now on confirmed, and returned first when no queue takes it."""
        self._wire.add_on_return_callback(returned)
        await self._answer(lambda done: self._wire.confirm_delivery(confirmed, callback=done))

    def publish(self, exchange: str, key: str, body: bytes, properties: BasicProperties) -> None:
        """Send a mandatory message; raises BrokerLost when the channel is closed, Refused for what AMQP cannot carry.

        After an error nothing was sent.
        """
        try:
            self._wire.basic_publish(exchange, key, body, properties, mandatory=True)
        except (ChannelWrongStateError, ConnectionWrongStateError) as error:
            raise BrokerLost(f"the channel is closed: {reason(error)}") from error
        except AMQPError as error:
            raise Refused(f"cannot be published: {reason(error)}") from error

    def ack(self, tag: int, *, multiple: bool) -> None:
        """Settle one message, or all up to it; only while the channel is open."""
        self._wire.basic_ack(tag, multiple)

    def nack(self, tag: int) -> None:
        """Return one message to its queue; only while the channel is open."""
        self._wire.basic_nack(tag, requeue=True)

    async def close(self) -> None:
        """Close it; what is unsettled returns to its queue. Raises BrokerLost when the broker does not answer."""
        if self.is_open:
            self._wire.close()
            done, _ = await asyncio.wait((self.closed,), timeout=self._answer_seconds)
            if not done:
                raise BrokerLost("the broker did not answer the closing of a channel")

    def _begin(self, connection: Wire, done: Callable[[Wire], None]) -> None:
        self._wire = connection.channel(on_open_callback=done)
        self._wire.add_on_close_callback(self._on_closed)

    async def _answer(self, ask: Callable[[Callable[[Any], None]], object]) -> Frame:
        """Ask, and wait for the answer, for the end of the channel, or for long enough."""
        answered: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        try:
            ask(lambda answer: None if answered.done() else answered.set_result(answer))
        except AMQPError as error:
            raise BrokerLost(f"the channel is closed: {reason(error)}") from error
        await asyncio.wait((answered, self.closed), timeout=self._answer_seconds, return_when=asyncio.FIRST_COMPLETED)
        if self.closed.done():
            raise self.closed.result()
        if not answered.done():
            raise BrokerLost(f"the broker did not answer within {self._answer_seconds:g} s")
        return answered.result()

    def _on_closed(self, _wire: Wire, error: Exception) -> None:
        if not self.closed.done():
            self.closed.set_result(BrokerLost(f"the channel ended: {reason(error)}"))
