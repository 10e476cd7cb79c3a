"""The one exchange and the queues of an embedded broker, on kombu's memory transport; kombu is met here alone."""

from typing import Any, Final

from columba_shared.publishing.message import Message
from columba_shared.topology import IN, Plan
from columba_shared.wire import CONTENT_ENCODING, CONTENT_TYPE
from kombu.connection import Connection
from kombu.transport import memory, virtual

from columba_consumers.broker.broker import Received

_KEY: Final = "columba_key"
_REDELIVERED: Final = "columba_redelivered"
_OR_MORE: Final = ".#"


class MemoryExchange:
    """Routes and queues messages as RabbitMQ would, as far as the plan's way in is concerned."""

    def __init__(self, plan: Plan) -> None:
        self._channel: Any = Connection(transport=_own_transport()).channel()  # type: ignore[no-untyped-call]
        self._channel.exchange_declare(IN, type="topic", durable=True)
        for binding in plan.bindings:
            if binding.source == IN and binding.queue is not None:
                self._bind(binding.queue, binding.key)

    def queues_for(self, key: str) -> tuple[str, ...]:
        """Return the queues that take a message with this key."""
        return tuple(self._channel.typeof(IN).lookup(self._channel.get_table(IN), IN, key, None))

    def put(self, message: Message) -> None:
        """Put it into every queue that takes it."""
        prepared = self._channel.prepare_message(
            message.body,
            content_type=CONTENT_TYPE,
            content_encoding=CONTENT_ENCODING,
            headers=message.envelope.headers(),
            properties={_KEY: message.key, _REDELIVERED: False},
        )
        self._channel.basic_publish(prepared, IN, message.key)

    def put_back(self, received: Received) -> None:
        """Return it to its own queue, marked as redelivered."""
        prepared = self._channel.prepare_message(
            received.body,
            content_type=received.content_type,
            content_encoding=CONTENT_ENCODING,
            headers=dict(received.headers),
            properties={_KEY: received.key, _REDELIVERED: True},
        )
        self._channel.basic_publish(prepared, "", received.queue)

    def take(self, queue: str, *, generation: int, tag: int) -> Received | None:
        """Take the next message out of a queue; None when there is none."""
        message = self._channel.basic_get(queue, no_ack=True)
        if message is None:
            return None
        return Received(
            body=message.body or b"",  # kombu turns no bytes into no text
            headers=message.headers,
            queue=queue,
            key=message.properties[_KEY],
            content_type=message.content_type,
            redelivered=message.properties[_REDELIVERED],
            generation=generation,
            tag=tag,
        )

    def _bind(self, queue: str, key: str) -> None:
        """Bind a queue; where a key ends in "or more words", kombu means at least one more, AMQP none as well."""
        self._channel.queue_declare(queue, durable=True)
        self._channel.queue_bind(queue, IN, key)
        if key.endswith(_OR_MORE):
            self._channel.queue_bind(queue, IN, key.removesuffix(_OR_MORE))


def _own_transport() -> type[memory.Transport]:
    """Return kombu's memory transport with a state of its own, since kombu's is shared by the whole process."""

    class Channel(memory.Channel):
        """Queues of this broker alone."""

        queues: dict[str, Any] = {}  # noqa: RUF012 - one for each transport: that is the point

    class Transport(memory.Transport):
        """Exchanges and bindings of this broker alone."""

        global_state = virtual.BrokerState()  # type: ignore[no-untyped-call]

    Transport.Channel = Channel
    return Transport
