"""A connection with a channel in confirm mode: what is sent here is either confirmed or known not to be."""

from datetime import UTC, datetime
from typing import Any, Final, Self

from columba_shared.publishing.connection import Access, Connection
from columba_shared.publishing.message import Message
from columba_shared.publishing.window import Window
from columba_shared.wire import CONTENT_ENCODING, CONTENT_TYPE

_PERSISTENT: Final = 2


class Sender:
    """Used by one thread at a time; after any error it is abandoned, never reused."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._channel = connection.channel()
        self._channel.confirm_select()
        self.window = Window(self._channel)
        self.sent_last: Message | None = None

    @classmethod
    def open(cls, access: Access) -> Self:
        """Connect; raises BrokerAway, or the library's own errors when the broker goes away again at once."""
        return cls(Connection.open(access))

    def send(self, index: int, message: Message) -> None:
        """Write one mandatory message; the window learns what becomes of it."""
        prepared = self._channel.prepare_message(
            message.body,
            content_type=CONTENT_TYPE,
            content_encoding=CONTENT_ENCODING,
            headers=message.envelope.headers(),
            properties=_properties(message),
        )
        self.window.add(index, message)
        self.sent_last = message
        self._channel.basic_publish(prepared, exchange=message.exchange, routing_key=message.key, mandatory=True)

    def drain(self, seconds: float) -> bool:
        """Handle what the broker says next, waiting that long at most; False if it said nothing."""
        return self.connection.drain(seconds)

    @property
    def idle(self) -> bool:
        """Whether it may be lent again: nothing is open and the connection still stands."""
        return not self.window and self._channel.is_open and self.connection.alive


def _properties(message: Message) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "delivery_mode": _PERSISTENT,
        "message_id": message.message_id.hex,
        "type": message.kind,
        "timestamp": int(datetime.now(UTC).timestamp()),
    }
    if message.producer:
        properties["app_id"] = message.producer
    return properties
