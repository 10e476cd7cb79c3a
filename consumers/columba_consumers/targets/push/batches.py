"""Messages of many deliveries gathered for a moment, and for as long as no request is free; handed over together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from columba_consumers.errors import DeliveryError, NotBegun

MOST: Final = 100
SECONDS: Final = 0.005
_AT_ONCE: Final = 6
"""Requests at a time, as Expo asks for."""

Message = TypeVar("Message")
Taken = TypeVar("Taken")
Send = Callable[[Sequence[Message]], Awaitable["Sequence[Taken | DeliveryError]"]]


@dataclass(slots=True, kw_only=True, eq=False)
class _Waiter(Generic[Message, Taken]):
    """Somebody who waits for an answer to a message."""

    message: Message
    answer: "asyncio.Future[Taken]"
    begun: bool = False
    """Whether it is with those that go together."""


class Batches(Generic[Message, Taken]):
    """Sends when enough have come, or when the first has waited for long enough; each gets its own answer.

    While all requests are under way everybody waits, and whoever waits by then goes with the next that is free.
    """

    def __init__(self, send: "Send[Message, Taken]", *, most: int = MOST, seconds: float = SECONDS) -> None:
        """``send`` returns as many answers as it gets messages, in their order; raises DeliveryError for all."""
        self._send = send
        self._most = most
        self._seconds = seconds
        self._waiting: list[_Waiter[Message, Taken]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def hand_in(self, message: Message) -> Taken:
        """Return the answer to one message; raises DeliveryError, or NotBegun when given up before it was sent."""
        loop = asyncio.get_running_loop()
        waiter: _Waiter[Message, Taken] = _Waiter(message=message, answer=loop.create_future())
        self._waiting.append(waiter)
        if len(self._waiting) >= self._most:
            self._begin()
        elif self._timer is None:
            self._timer = loop.call_later(self._seconds, self._begin)
        try:
            return await waiter.answer
        except asyncio.CancelledError as error:
            if waiter.begun:
                raise
            raise NotBegun from error

    async def close(self) -> None:
        """Give up what waits and what is under way: whoever waits for an answer is cancelled."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for each in self._waiting:
            each.answer.cancel()
        self._waiting = []
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _begin(self) -> None:
        """Send those who wait, as far as requests are free."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while len(self._under_way) < _AT_ONCE and (batch := self._next()):
            task = asyncio.create_task(self._answered(batch), name="push-batch")
            self._under_way.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if self._timer is None:  # whoever waits has waited for long enough
            self._begin()

    def _next(self) -> list[_Waiter[Message, Taken]]:
        """Take as many as go together, but for the ones that nobody waits for any more."""
        wanted = [each for each in self._waiting if not each.answer.done()]
        batch, self._waiting = wanted[: self._most], wanted[self._most :]
        for each in batch:
            each.begun = True
        return batch

    async def _answered(self, batch: list[_Waiter[Message, Taken]]) -> None:
        answers: Sequence[Taken | Exception]
        try:
            answers = await self._send([each.message for each in batch])
        except asyncio.CancelledError:
            for each in batch:
                each.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - becomes the outcome of every delivery in the batch
            answers = [error] * len(batch)
        for each, given in zip(batch, answers, strict=True):
            if each.answer.done():  # whoever waited was cancelled
                continue
            if isinstance(given, Exception):
                each.answer.set_exception(given)
            else:
                each.answer.set_result(given)
