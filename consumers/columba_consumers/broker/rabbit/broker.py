"""RabbitMQ as the core sees it: one connection to receive and settle, another to publish."""

import asyncio
import random
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.publishing.message import Message

from columba_consumers.broker.broker import Receive, Received
from columba_consumers.broker.rabbit.consumer import Consumer
from columba_consumers.broker.rabbit.inbox import Inbox
from columba_consumers.broker.rabbit.line import Line
from columba_consumers.broker.rabbit.options import RabbitOptions
from columba_consumers.broker.rabbit.patience import Patience, Sleep, Uniform
from columba_consumers.broker.rabbit.publisher import Publisher
from columba_consumers.broker.rabbit.subscription import RabbitSubscription

_LONGEST_DEAFNESS: Final = timedelta(seconds=5)
"""The longest back-off while only a queue is missing: the broker is there and asking it is cheap."""


class RabbitBroker:
    """The broker interface on RabbitMQ; everything on it happens in the event loop that opened it."""

    def __init__(
        self,
        options: RabbitOptions,
        *,
        sleep: Sleep = asyncio.sleep,
        uniform: Uniform = random.uniform,
        clock: Clock = utc_now,
    ) -> None:
        self._patience = Patience(longest=options.longest_pause, sleep=sleep, uniform=uniform)
        self._receiving = Line(options, self._patience, role="receiving")
        self._publishing = Line(options, self._patience, role="publishing")
        self._publisher = Publisher(
            self._publishing,
            self._patience,
            confirm_timeout=options.confirm_timeout,
            wait=options.patience,
            clock=clock,
        )
        self._close_seconds = options.close_timeout.total_seconds()
        self._look_every = options.look_every
        self._subscribing = self._patience.at_most(_LONGEST_DEAFNESS)
        self._generations = count(1)
        self._inboxes: dict[int, Inbox] = {}
        self._subscriptions: list[RabbitSubscription] = []

    @property
    def keeps_waits(self) -> bool:
        """Waits and dead letters live in RabbitMQ."""
        return True

    @property
    def healthy(self) -> bool:
        """Whether every subscription that should receive does."""
        return all(subscription.healthy for subscription in self._subscriptions)

    async def open(self) -> None:
        """Connect, and stay connected until `close`; raises BrokerLost, at once when the broker denies access."""
        await self._receiving.open()
        try:
            await self._publishing.open()
        except BaseException:
            await self._receiving.close()
            raise
        self._publisher.open()

    async def subscribe(self, queues: tuple[str, ...], *, prefetch: int, receive: Receive) -> RabbitSubscription:
        """Receive from these queues, at most ``prefetch`` unsettled from each, across reconnects.

        Returns when each queue was tried once; one that does not exist is tried again for ever, and we are not healthy.
        """
        consumers = tuple(self._consumer(queue, prefetch, receive) for queue in queues)
        subscription = RabbitSubscription(consumers)
        self._subscriptions.append(subscription)
        for consumer in consumers:
            await consumer.tried.wait()
        return subscription

    def ack(self, received: Received) -> None:
        """Settle it; an ack for a channel that is gone is dropped, since the message comes again."""
        inbox = self._inboxes.get(received.generation)
        if inbox is not None:
            inbox.ack(received.tag)

    def hand_back(self, received: Received) -> None:
        """Return it to its queue, for another process or for later."""
        inbox = self._inboxes.get(received.generation)
        if inbox is not None:
            inbox.hand_back(received.tag)

    async def publish(self, message: Message) -> None:
        """Publish, and return once the broker has confirmed; raises BrokerLost, Refused and Unroutable."""
        await self._publisher.publish(message)

    async def close(self) -> None:
        """Stop receiving, flush acks and confirms, disconnect; what is unsettled returns to its queue."""
        subscriptions, self._subscriptions = self._subscriptions, []
        with suppress(TimeoutError):  # then the broker is not listening, and what is unsettled returns anyhow
            async with asyncio.timeout(self._close_seconds):
                await asyncio.gather(*(subscription.close() for subscription in subscriptions), self._publisher.close())
        await asyncio.gather(self._receiving.close(), self._publishing.close())

    def _consumer(self, queue: str, prefetch: int, receive: Receive) -> Consumer:
        async def open_inbox() -> Inbox:
            connection = await self._receiving.connection()
            generation = next(self._generations)
            inbox = await Inbox.open(connection, queue=queue, prefetch=prefetch, generation=generation, receive=receive)
            self._inboxes[generation] = inbox
            inbox.on_close(lambda: self._inboxes.pop(generation, None))
            return inbox

        return Consumer(queue, open_inbox, self._subscribing, look_every=self._look_every)
