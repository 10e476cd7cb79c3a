"""The wire: one connection's bytes, out as they are, in as replies, each wait bounded."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import Final, cast

from columba_consumers.targets.email.smtp.reply import NotSmtp, Reply, ReplyReader

_NEVER: Final = float("inf")
_GOODBYE_SECONDS: Final = 2.0

Continuation = Callable[[list[Reply]], int]
"""Looks at the replies so far and returns how many more to wait for: 0 when that was all."""


class Broken(Exception):
    """The connection can no longer be used; never leaves this package.

    ``flushed`` tells that nothing was left unsent, ``replies`` what the server said before.
    """

    def __init__(self, reason: str, *, flushed: bool = True, replies: Sequence[Reply] = ()) -> None:
        super().__init__(reason)
        self.flushed = flushed
        self.replies = replies


class Wire(asyncio.Protocol):
    """Sends commands and gathers their replies; one exchange at a time.

    After the first failure the wire is dead and stays so: `broken` says why. Anything that the server says
    without being asked is a failure too, so that no reply is ever taken for another's.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.broken: str | None = None
        self.gone: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._reader = ReplyReader()
        self._greeting: asyncio.Future[list[Reply]] = loop.create_future()
        self._waiter: asyncio.Future[list[Reply]] | None = self._greeting
        self._replies: list[Reply] = []
        self._wanted = 1
        self._then: Continuation | None = None
        self._flushed = True
        self._tells_flush = True
        self._after_flush_seconds: float | None = None
        self._due = _NEVER
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = _NEVER
        self._limit = _NEVER

    # What the conversation uses.

    async def greeting(self, *, seconds: float) -> Reply:
        """Return the first reply, which the server gives unasked; raises Broken."""
        if not self._greeting.done():
            self.allow(seconds)
        return (await self._greeting)[0]

    def ask(
        self, data: bytes, *, replies: int, seconds: float, then: Continuation | None = None
    ) -> asyncio.Future[list[Reply]]:
        """Send ``data`` and return a future of that many replies; it raises Broken."""
        waiter: asyncio.Future[list[Reply]] = self._loop.create_future()
        if self.broken is not None or self._transport is None:
            waiter.set_exception(Broken(self.broken or "not connected"))
            return waiter
        self._waiter, self._wanted, self._then, self._replies = waiter, replies, then, []
        self.allow(seconds)
        if data:
            self._transport.write(data)
        return waiter

    def send_body(self, data: bytes, *, flush_seconds: float, reply_seconds: float) -> None:
        """Send a mail's lines inside a running exchange; the wait for the reply counts from when they are gone."""
        if self._transport is None:
            return
        self._after_flush_seconds = reply_seconds
        self.allow(flush_seconds)
        self._transport.write(data)
        if self._flushed:
            self.resume_writing()

    def limit(self, seconds: float) -> None:
        """Bound everything from now on, all steps together, until the next call."""
        self._limit = self._loop.time() + seconds

    def allow(self, seconds: float) -> None:
        """Give the current step this long, within the limit.

        One timer serves many steps: it is moved only to go off earlier, and looks again when it went off too early.
        """
        self._due = min(self._loop.time() + seconds, self._limit)
        if self._due < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_at = self._due
            self._timer = self._loop.call_at(self._due, self._look_at_clock)

    async def start_tls(self, context: ssl.SSLContext, host: str, *, seconds: float) -> None:
        """Encrypt from here on; raises OSError, or Broken, also if plaintext was slipped in behind the last reply."""
        if self.broken is not None or self._transport is None:
            raise Broken(self.broken or "not connected")
        transport = await self._loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=seconds
        )
        if transport is None:
            raise Broken("the connection closed during the handshake")
        self._use(transport)

    def say_goodbye(self) -> None:
        """Send QUIT; the connection ends with the answer, or soon without one (`gone` is set then)."""
        if self.broken is None and self._transport is not None:
            self._stop_clock()
            self.broken = "closed"
            self._transport.write(b"QUIT\r\n")
            self._timer = self._loop.call_later(_GOODBYE_SECONDS, self._transport.abort)

    def cut(self, reason: str) -> None:
        """Drop the connection now; an exchange that waits gets Broken."""
        if self.broken is None:
            self.broken = reason
        self._stop_clock()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(Broken(self.broken, flushed=self._flushed, replies=self._replies))
            self._waiter.exception()  # somebody may be waiting, or nobody yet: that is no reason to complain later
        self._waiter = None
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._use(cast("asyncio.Transport", transport))  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        """Hand out replies as soon as the exchange has all of them."""
        waiter = self._waiter
        if waiter is None:
            self.cut(f"the server spoke unasked: {data[:200].decode(errors='replace')}")
            return
        try:
            self._replies += self._reader.feed(data)
        except NotSmtp as error:
            self.cut(str(error))
            return
        if len(self._replies) < self._wanted:
            return
        if self._then is not None and len(self._replies) == self._wanted:
            then, self._then = self._then, None
            self._wanted += then(self._replies)
            if len(self._replies) < self._wanted:
                return
        self._hand_out(waiter)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self.cut(f"the connection was lost: {exc}" if exc else "the server closed the connection")
        if not self.gone.done():
            self.gone.set_result(None)

    def pause_writing(self) -> None:
        """Note that bytes wait on this side."""
        self._flushed = not self._tells_flush

    def resume_writing(self) -> None:
        """Note that everything has been passed to the system."""
        self._flushed = True
        if self._after_flush_seconds is not None:
            self.allow(self._after_flush_seconds)
            self._after_flush_seconds = None

    def _use(self, transport: asyncio.Transport) -> None:
        """Keep the transport, and have it tell whenever bytes wait on this side.

        An encrypted one tells that too late on some event loops: there, everything counts as gone once it is written,
        because a mail taken for unsent would be sent twice.
        """
        self._transport = transport
        self._tells_flush = transport.get_extra_info("ssl_object") is None
        self._flushed = True
        if self._tells_flush:
            transport.set_write_buffer_limits(high=0)

    def _hand_out(self, waiter: asyncio.Future[list[Reply]]) -> None:
        self._waiter = None
        self._due = _NEVER
        self._after_flush_seconds = None
        if not waiter.done():
            waiter.set_result(self._replies[: self._wanted])
        if len(self._replies) > self._wanted or not self._reader.is_between_replies:
            self.cut("the server said more than it was asked")

    def _look_at_clock(self) -> None:
        self._timer, self._timer_at = None, _NEVER
        if self._due <= self._loop.time():
            self.cut("the server took too long to answer")
        elif self._due < _NEVER:
            self._timer_at = self._due
            self._timer = self._loop.call_at(self._due, self._look_at_clock)

    def _stop_clock(self) -> None:
        self._due = self._timer_at = _NEVER
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
