"""The publishes of one channel that the broker has not confirmed yet."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from typing import Any, Self

from columba_shared.publishing import Unroutable
from pika import BasicProperties

from columba_consumers.broker.rabbit.channel import Channel, Frame
from columba_consumers.broker.rabbit.connection import Connection
from columba_consumers.errors import BrokerLost, Refused


@dataclass(slots=True, kw_only=True)
class _Unconfirmed:
    exchange: str
    key: str
    message_id: str
    sent_at: float
    confirmed: asyncio.Future[None]
    returned: bool = field(default=False)


class Confirms:
    """One channel in confirm mode; when it ends, all that is unconfirmed is unknown and fails."""

    def __init__(self, connection: Connection, channel: Channel, confirm_within: timedelta) -> None:
        self._connection = connection
        self._channel = channel
        self._confirm_seconds = confirm_within.total_seconds()
        self._loop = asyncio.get_running_loop()
        self._unconfirmed: dict[int, _Unconfirmed] = {}
        self._last_tag = 0
        self._watch: asyncio.TimerHandle | None = None
        channel.closed.add_done_callback(self._on_closed)

    @classmethod
    async def open(cls, connection: Connection, confirm_within: timedelta) -> Self:
        """Open a channel in confirm mode; raises BrokerLost."""
        channel = await connection.channel()
        confirms = cls(connection, channel, confirm_within)
        await channel.confirm(confirms._on_confirm, confirms._on_return)
        return confirms

    @property
    def is_open(self) -> bool:
        """Whether it can still publish."""
        return self._channel.is_open

    async def unblocked(self) -> None:
        """Wait while the broker takes nothing; raises BrokerLost when the connection ends over it."""
        unblocked = asyncio.ensure_future(self._connection.unblocked.wait())
        try:
            await asyncio.wait((unblocked, self._channel.closed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            unblocked.cancel()
        if self._channel.closed.done():
            raise BrokerLost(str(self._channel.closed.result()))

    async def publish(self, exchange: str, key: str, body: bytes, properties: BasicProperties) -> None:
        """Return once the broker has it; raises BrokerLost, Refused and Unroutable."""
        if not self._connection.unblocked.is_set():
            await self.unblocked()
        self._channel.publish(exchange, key, body, properties)
        self._last_tag += 1
        confirmed: asyncio.Future[None] = self._loop.create_future()
        self._unconfirmed[self._last_tag] = _Unconfirmed(
            exchange=exchange,
            key=key,
            message_id=properties.message_id,
            sent_at=self._loop.time(),
            confirmed=confirmed,
        )
        if self._watch is None:
            self._watch = self._loop.call_later(self._confirm_seconds, self._check)
        await confirmed

    async def close(self) -> None:
        """Wait for what is unconfirmed; each of them is confirmed, or fails, in bounded time."""
        waiting = [each.confirmed for each in self._unconfirmed.values() if not each.confirmed.done()]
        if waiting:
            await asyncio.wait(waiting)
        if self._watch is not None:
            self._watch.cancel()

    def _on_confirm(self, frame: Frame) -> None:
        tag, kept = frame.method.delivery_tag, frame.method.NAME == "Basic.Ack"
        # Tags are in the order of publishing.
        tags = list(takewhile(lambda each: each <= tag, self._unconfirmed)) if frame.method.multiple else [tag]
        for each in tags:
            self._settle(self._unconfirmed.pop(each), kept=kept)

    def _settle(self, unconfirmed: _Unconfirmed, *, kept: bool) -> None:
        if unconfirmed.confirmed.done():
            return  # whoever published it has been cancelled
        if unconfirmed.returned:
            unconfirmed.confirmed.set_exception(Unroutable(unconfirmed.exchange, unconfirmed.key))
        elif kept:
            unconfirmed.confirmed.set_result(None)
        else:
            place = f"{unconfirmed.key!r} from exchange {unconfirmed.exchange!r}"
            unconfirmed.confirmed.set_exception(Refused(f"the broker did not keep {place}"))

    def _on_return(self, _wire: object, method: Any, properties: Any, _body: bytes) -> None:  # noqa: ANN401 - pika is untyped
        """Mark what came back; a return names no tag, but comes before the confirm of the same message."""
        wanted = (properties.message_id, method.exchange, method.routing_key)
        for each in self._unconfirmed.values():
            if not each.returned and (each.message_id, each.exchange, each.key) == wanted:
                each.returned = True
                return

    def _on_closed(self, closed: asyncio.Future[BrokerLost]) -> None:
        if self._watch is not None:
            self._watch.cancel()
        for each in self._unconfirmed.values():
            if not each.confirmed.done():
                each.confirmed.set_exception(BrokerLost(f"not known to be confirmed: {closed.result()}"))
        self._unconfirmed.clear()

    def _check(self) -> None:
        """Give the connection up when a confirm is late: a late one must never be taken for another message's."""
        self._watch = None
        oldest = next(iter(self._unconfirmed.values()), None)
        if oldest is None:
            return
        since = max(oldest.sent_at, self._connection.unblocked_at)
        left = self._confirm_seconds - (self._loop.time() - since)
        if not self._connection.unblocked.is_set():
            left = self._confirm_seconds
        if left <= 0:
            self._connection.drop(f"the broker confirmed nothing for {self._confirm_seconds:g} s")
        else:
            self._watch = self._loop.call_later(left, self._check)
