"""One connection's life: it opens once, closes once and is never used again."""

import asyncio
from typing import Any, Self

from columba_shared.broker_url import BrokerUrl
from columba_shared.telemetry import emit
from pika.exceptions import AMQPError

from columba_consumers.broker.rabbit.channel import Channel
from columba_consumers.broker.rabbit.options import RabbitOptions
from columba_consumers.broker.rabbit.parameters import parameters
from columba_consumers.broker.rabbit.reason import is_denial, reason
from columba_consumers.broker.rabbit.wire import Wire
from columba_consumers.errors import AccessDenied, BrokerLost


class Connection:
    """An open connection; ``closed`` tells why it ended as soon as it has."""

    def __init__(self, node: BrokerUrl, options: RabbitOptions) -> None:
        loop = asyncio.get_running_loop()
        self.node = node
        self.closed: asyncio.Future[BrokerLost] = loop.create_future()
        self.unblocked = asyncio.Event()
        self.unblocked.set()
        self.unblocked_at = loop.time()
        self._options = options
        self._opened: asyncio.Future[None] = loop.create_future()
        self._wire: Wire

    @classmethod
    async def open(cls, node: BrokerUrl, options: RabbitOptions, *, role: str) -> Self:
        """Connect; raises BrokerLost, and AccessDenied when the node knows us and says no."""
        connection = cls(node, options)
        connection._connect(role)
        try:
            await connection._opened
        except asyncio.CancelledError:
            connection.drop("no longer wanted")
            raise
        return connection

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return not self.closed.done() and bool(self._wire.is_open)

    async def channel(self) -> Channel:
        """Open a channel; raises BrokerLost."""
        return await Channel.open(self._wire, answer_within=self._options.answer_timeout)

    def drop(self, why: str) -> None:
        """End it at once, without a word to the broker, which may not be listening."""
        self._wire.drop(why)

    async def close(self) -> None:
        """Say goodbye, and leave without an answer when none comes in time."""
        try:
            self._wire.close()
            async with asyncio.timeout(self._options.close_timeout.total_seconds()):
                await asyncio.shield(self.closed)
        except AMQPError:
            pass  # it is closed, or about to be
        except TimeoutError:
            self.drop("the broker did not answer a goodbye")
        await asyncio.shield(self.closed)

    def _connect(self, role: str) -> None:
        self._wire = Wire(
            parameters(self.node, self._options, role=role),
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_open_error,
            on_close_callback=self._on_closed,
            custom_ioloop=asyncio.get_running_loop(),
        )
        self._wire.add_on_connection_blocked_callback(self._on_blocked)
        self._wire.add_on_connection_unblocked_callback(self._on_unblocked)

    def _on_open(self, _wire: object) -> None:
        if self._opened.done():
            self.drop("no longer wanted")
        else:
            self._opened.set_result(None)

    def _on_open_error(self, _wire: object, error: BaseException) -> None:
        text = f"no connection to {self.node}: {reason(error)}"
        lost = AccessDenied(text) if is_denial(error) else BrokerLost(text)
        if not self._opened.done():
            self._opened.set_exception(lost)
        self._end(lost)

    def _on_closed(self, _wire: object, error: BaseException) -> None:
        self._end(BrokerLost(f"the connection to {self.node} ended: {reason(error)}"))

    def _end(self, lost: BrokerLost) -> None:
        if not self.closed.done():
            self.closed.set_result(lost)

    def _on_blocked(self, _wire: object, frame: Any) -> None:  # noqa: ANN401 - pika is untyped
        self.unblocked.clear()
        emit("broker.blocked", node=str(self.node), reason=str(frame.method.reason))

    def _on_unblocked(self, _wire: object, _frame: object) -> None:
        self.unblocked_at = asyncio.get_running_loop().time()
        self.unblocked.set()
