"""Letters: messages taken from a queue one by one, each of which goes back there unless it is settled."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from columba_shared.publishing.connection import LIBRARY_ERRORS, Channel, Connection, connected
from columba_shared.publishing.errors import BrokerAway
from columba_shared.topology.waiting import PATIENCE_SECONDS, ready

if TYPE_CHECKING:
    from columba_shared.publishing.connection import Access

_NO_ID: Final = UUID(int=0)
MOST_HANDED_OVER: Final = 65_535
SILENT_SECONDS: Final = 1.0
UNANSWERED: Final = 16
"""A quorum queue's channel keeps what it is told beyond 32 things that the queue has not answered yet to itself for a
while, and forgets it when it is closed: what had been settled would be there again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message as it lies in its queue."""

    body: bytes
    headers: Mapping[str, Any]
    exchange: str
    key: str
    message_id: UUID
    kind: str
    producer: str
    published_at: datetime | None
    tag: int


class Letters:
    """What can be taken from one queue; whatever was taken and not settled is there again afterwards."""

    def __init__(self, connection: Connection, channel: Channel, queue: str, waiting: int) -> None:
        self._connection = connection
        self._channel = channel
        self._queue = queue
        self._unanswered = 0
        self._taken: deque[Any] = deque()
        self.waiting = waiting

    def __iter__(self) -> Iterator[Letter]:
        """Take as many as there were at the beginning: what comes in meanwhile is another day's work."""
        self._channel.basic_qos(prefetch_size=0, prefetch_count=MOST_HANDED_OVER, a_global=False)
        tag = self._channel.basic_consume(self._queue, callback=self._taken.append, no_ack=False)
        try:
            for _ in range(self.waiting):
                message = self._next()
                if message is None:
                    return
                yield _letter(message)
        finally:
            self._channel.basic_cancel(tag)

    def _next(self) -> Any | None:  # noqa: ANN401 - the library brings no types
        """Return what was handed over, or take one when the queue hands over nothing more; None: it is empty."""
        if not self._taken and not self._connection.drain(SILENT_SECONDS):
            return self._channel.basic_get(self._queue, no_ack=False)
        return self._taken.popleft() if self._taken else self._next()

    def settle(self, tag: int) -> None:
        """Remove the letter with this tag from the queue: what it was for is done."""
        self._channel.basic_ack(tag)
        self._unanswered += 1
        if self._unanswered >= UNANSWERED:
            self.catch_up()

    def catch_up(self) -> None:
        """Wait until the queue has done as it was told; the connection may be closed then.

        Taking a message is what a queue does in its turn; one that is taken so is the next, or goes back at the end.
        """
        message = self._channel.basic_get(self._queue, no_ack=False)
        if message is not None:
            self._taken.append(message)
        self._unanswered = 0


@contextmanager
def letters_in(queue: str, access: "Access") -> Iterator[Letters | None]:
    """Lend the letters of a queue; None when there is no such queue. Raises BrokerAway."""
    from amqp import NotFound

    try:
        with connected(access) as connection:
            channel = connection.channel()
            try:
                waiting = ready(channel, queue, give_up_at=time.monotonic() + PATIENCE_SECONDS)
            except NotFound:
                yield None
                return
            letters = Letters(connection, channel, queue, waiting)
            yield letters
            letters.catch_up()
    except LIBRARY_ERRORS as error:
        raise BrokerAway(f"the broker at {access} went away: {error}") from error


def _letter(message: Any) -> Letter:  # noqa: ANN401 - the library brings no types
    properties, info = message.properties, message.delivery_info
    body = message.body
    return Letter(
        body=body.encode() if isinstance(body, str) else bytes(body),
        headers=properties.get("application_headers") or {},
        exchange=info["exchange"],
        key=info["routing_key"],
        message_id=_id(properties.get("message_id")),
        kind=properties.get("type") or "",
        producer=properties.get("app_id") or "",
        published_at=_moment(properties.get("timestamp")),
        tag=info["delivery_tag"],
    )


def _id(text: object) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        return _NO_ID


def _moment(told: object) -> datetime | None:
    """Return when it was published; the library gives a naive moment in UTC, or the seconds."""
    if isinstance(told, datetime):
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    return datetime.fromtimestamp(told, UTC) if isinstance(told, int) else None
