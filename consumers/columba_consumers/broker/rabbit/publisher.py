"""Publishing, confirmed: over whatever connection there is, waiting a bounded while for one."""

import asyncio
from datetime import timedelta

from columba_shared.clock import Clock
from columba_shared.publishing.message import Message
from columba_shared.wire import CONTENT_ENCODING, CONTENT_TYPE
from pika import BasicProperties

from columba_consumers.broker.rabbit.confirms import Confirms
from columba_consumers.broker.rabbit.line import Line
from columba_consumers.broker.rabbit.patience import Patience
from columba_consumers.errors import BrokerLost

_PERSISTENT = 2


class Publisher:
    """The broker's one way out, on a connection of its own: an alarm there must not keep acks from the broker."""

    def __init__(
        self, line: Line, patience: Patience, *, confirm_timeout: timedelta, wait: timedelta, clock: Clock
    ) -> None:
        self._line = line
        self._patience = patience
        self._confirm_timeout = confirm_timeout
        self._wait = wait
        self._clock = clock
        self._confirms: Confirms | None = None
        self._opening = asyncio.Lock()
        self._closing = False

    def open(self) -> None:
        """Publish from now on."""
        self._closing = False

    async def publish(self, message: Message) -> None:
        """Return once the broker has it; raises BrokerLost, Refused and Unroutable."""
        confirms = self._confirms
        if confirms is None or not confirms.is_open:
            confirms = await self._open()
        await confirms.publish(message.exchange, message.key, message.body, self._properties(message))

    async def close(self) -> None:
        """Let no new publish wait for a connection, and wait until nothing is unconfirmed."""
        self._closing = True
        if self._confirms is not None:
            await self._confirms.close()
            self._confirms = None

    async def _open(self) -> Confirms:
        """Open a channel for all that publish at this moment; raises BrokerLost when none is to be had in time."""
        try:
            async with asyncio.timeout(self._wait.total_seconds()), self._opening:
                while not self._closing:
                    if self._confirms is not None and self._confirms.is_open:
                        return self._confirms
                    await self._try()
                raise BrokerLost("this end is closing the connection")
        except TimeoutError as error:
            raise BrokerLost(f"nothing can be published: {self._line.lost}") from error

    async def _try(self) -> None:
        try:
            self._confirms = await Confirms.open(await self._line.connection(), self._confirm_timeout)
        except BrokerLost:
            await self._patience.pause()

    def _properties(self, message: Message) -> BasicProperties:
        return BasicProperties(
            content_type=CONTENT_TYPE,
            content_encoding=CONTENT_ENCODING,
            headers=message.envelope.headers(),
            delivery_mode=_PERSISTENT,
            message_id=message.message_id.hex,
            timestamp=int(self._clock().timestamp()),
            type=message.kind,
            app_id=message.producer or None,
        )
