"""The broker of `columba up`: in this process, in memory, for one event loop."""

from itertools import count

from columba_shared.publishing import Message, Unroutable
from columba_shared.topology import IN, Plan

from columba_consumers.broker.broker import Receive, Received
from columba_consumers.broker.embedded.consumer import MemoryConsumer
from columba_consumers.broker.embedded.exchange import MemoryExchange


class EmbeddedSubscription:
    """One consumer for each queue."""

    def __init__(self, consumers: tuple[MemoryConsumer, ...]) -> None:
        self._consumers = consumers

    async def pause(self) -> None:
        """Receive nothing more; what was received stays the receiver's to settle."""
        for consumer in self._consumers:
            consumer.pause()

    async def resume(self) -> None:
        """Receive again."""
        for consumer in self._consumers:
            consumer.resume()


class EmbeddedBroker:
    """The broker interface on kombu's memory transport.

    Each is a world of its own. Everything on it happens in one event loop; other threads go through
    ``asyncio.run_coroutine_threadsafe``. It forgets everything with its process: the log is the truth.
    """

    def __init__(self, plan: Plan) -> None:
        self._exchange = MemoryExchange(plan)
        self._generations = count(1)
        self._consumers: dict[int, MemoryConsumer] = {}

    @property
    def keeps_waits(self) -> bool:
        """Waits and dead letters live in the log alone."""
        return False

    @property
    def healthy(self) -> bool:
        """Nothing comes between this broker and its process."""
        return True

    async def open(self) -> None:
        """Be ready; there is nothing to connect to."""

    async def subscribe(self, queues: tuple[str, ...], *, prefetch: int, receive: Receive) -> EmbeddedSubscription:
        """Receive from these queues, at most ``prefetch`` unsettled from each."""
        consumers = tuple(self._consumer(queue, prefetch, receive) for queue in queues)
        return EmbeddedSubscription(consumers)

    def ack(self, received: Received) -> None:
        """Settle it."""
        consumer = self._consumers.get(received.generation)
        if consumer is not None:
            consumer.ack(received.tag)

    def hand_back(self, received: Received) -> None:
        """Return it to the end of its queue, marked as redelivered."""
        consumer = self._consumers.get(received.generation)
        if consumer is not None and consumer.hand_back(received.tag):
            self._wake(received.queue)

    async def publish(self, message: Message) -> None:
        """Put it into its queues; raises Unroutable when no queue takes it, ValueError for waits and dead letters."""
        if message.exchange != IN:
            raise ValueError(
                f"the embedded broker has no exchange {message.exchange!r}: waits and dead letters are the log's"
            )
        queues = self._exchange.queues_for(message.key)
        if not queues:
            raise Unroutable(message.exchange, message.key)
        self._exchange.put(message)
        for queue in queues:
            self._wake(queue)

    async def close(self) -> None:
        """Stop receiving; what is unsettled returns to its queue."""
        consumers, self._consumers = self._consumers, {}
        for consumer in consumers.values():
            consumer.close()

    def _consumer(self, queue: str, prefetch: int, receive: Receive) -> MemoryConsumer:
        generation = next(self._generations)
        consumer = MemoryConsumer(self._exchange, queue, generation=generation, prefetch=prefetch, receive=receive)
        self._consumers[generation] = consumer
        consumer.wake()
        return consumer

    def _wake(self, queue: str) -> None:
        for consumer in self._consumers.values():
            if consumer.queue == queue:
                consumer.wake()
