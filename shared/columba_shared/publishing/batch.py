"""Publish many messages with a window of open confirms, and know of each what became of it."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

import amqp

from columba_shared.publishing.connection import LIBRARY_ERRORS
from columba_shared.publishing.errors import BrokerAway, PublishError, Refused, Unconfirmed, Unroutable
from columba_shared.publishing.message import Message
from columba_shared.publishing.pool import Pool
from columba_shared.publishing.report import Failure, Report
from columba_shared.publishing.sender import Sender
from columba_shared.publishing.window import nobody

WINDOW: Final = 500
MAX_FAILURES: Final = 10_000
"""After so many a batch stops: something is wrong with all of it, and memory stays bounded."""
BLOCKED: Final = "the broker takes nothing at the moment (memory or disk alarm)"


class Batch:
    """One batch on its way. It stops, and says so, rather than wait longer than the timeout for any progress."""

    def __init__(self, pool: Pool, *, timeout: timedelta, clock: Callable[[], float], in_order: bool = False) -> None:
        self._pool = pool
        self._in_order = in_order
        self._timeout = timeout.total_seconds()
        self._clock = clock
        self._sender: Sender | None = None
        self._progress = clock()
        self._confirmed_here = 0
        self._taken = 0
        self._failures: list[Failure] = []
        self._stopped: PublishError | None = None

    def run(self, messages: Iterable[Message]) -> Report:
        """Publish until the messages end or going on is useless; an error of the iterable itself passes through."""
        try:
            for index, message in enumerate(messages):
                self._taken = index + 1
                self._publish(index, message)
                if self._stopped is not None:
                    break
        finally:
            self._finish()
        failures = sorted(self._failures, key=lambda failure: failure.index)
        return Report(taken=self._taken, failures=tuple(failures), stopped=self._stopped)

    def _publish(self, index: int, message: Message) -> None:
        try:
            sender = self._sender or self._open()
        except BrokerAway as error:
            self._stop(index, message, error)
            return
        try:
            if not sender.window:
                self._progress = self._clock()
            while sender.connection.blocked:
                self._listen(sender)
            sender.send(index, message)
            while len(sender.window) > WINDOW or self._left() < 0:
                self._listen(sender)
        except LIBRARY_ERRORS as error:
            unsent = sender.sent_last is not message
            problem = self._break(sender, error)
            if unsent:
                self._stop(index, message, BrokerAway(str(problem)))

    def _open(self) -> Sender:
        self._sender = sender = self._pool.lend()
        sender.window.settled = self._settled
        self._confirmed_here = 0
        return sender

    def _finish(self) -> None:
        """Wait for the last confirms, then give the connection back."""
        sender = self._sender
        if sender is None:
            return
        try:
            while sender.window:
                self._listen(sender)
        except LIBRARY_ERRORS as error:
            self._break(sender, error)
        except BaseException:
            self._pool.abandon(sender)
            raise
        else:
            sender.window.settled = nobody
            self._pool.take_back(sender)

    def _left(self) -> float:
        """Return the seconds that remain for the next progress."""
        return self._progress + self._timeout - self._clock()

    def _listen(self, sender: Sender) -> None:
        """Handle what the broker says next; raises TimeoutError when it has said nothing for too long."""
        left = self._left()
        if not sender.drain(left) and left <= 0:
            raise TimeoutError(BLOCKED if sender.connection.blocked else f"no answer within {self._timeout:g} s")

    def _settled(self, index: int, message: Message, error: PublishError | None) -> None:
        self._progress = self._clock()
        if error is None:
            self._confirmed_here += 1
        else:
            self._fail(index, message, error)

    def _fail(self, index: int, message: Message, error: PublishError) -> None:
        self._failures.append(Failure(index=index, message=message, error=error))
        if len(self._failures) >= MAX_FAILURES:
            self._stopped = error

    def _stop(self, index: int, message: Message, error: PublishError) -> None:
        self._fail(index, message, error)
        self._stopped = error

    def _break(self, sender: Sender, error: Exception) -> PublishError:
        """Settle what was open on a connection that failed, and decide whether another one could do better."""
        hopeless = self._left() <= 0 or isinstance(error, amqp.ChannelError) or not self._confirmed_here
        unsure = self._in_order and bool(sender.window)
        problem = _translated(error, sender)
        problem.__cause__ = error
        self._sender = None
        self._pool.abandon(sender)
        sender.window.give_up(problem)
        if hopeless or unsure:
            self._stopped = problem
        return problem


def _translated(error: Exception, sender: Sender) -> PublishError:
    """Say what is known of the messages that were open; a closed channel speaks of one message only."""
    text = " ".join(str(error).split()) or type(error).__name__
    waiting = sender.window.messages()
    if isinstance(error, amqp.ChannelError) and len(waiting) == 1:
        if isinstance(error, amqp.NotFound):
            return Unroutable(waiting[0].exchange, waiting[0].key)
        return Refused(text)
    return Unconfirmed(f"it is not known whether the broker has the message: {text}")
