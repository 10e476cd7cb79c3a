"""Words that come before the outcome of their own delivery, or while the log is away: taken in once more later.

A provider that is slow to answer may have delivered, and said so, before we give up waiting for its answer: just what
would end the doubt. They are kept by the process that took them, and go with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from columba_shared.telemetry import emit
from sqlalchemy.exc import SQLAlchemyError

from columba_consumers.receipts.book import ReceiptBook
from columba_consumers.receipts.word import Word

PAUSES: Final = (30.0, 120.0, 600.0)
"""Seconds: behind the longest wait for an answer, and behind the lease of a process that died."""
_MOST: Final = 10_000


class EarlyWords:
    """Keeps a bounded number of them."""

    def __init__(
        self,
        book: ReceiptBook,
        *,
        pauses: Sequence[float] = PAUSES,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._book = book
        self._pauses = pauses
        self._sleep = sleep
        self._kept: set[asyncio.Task[None]] = set()

    async def take_in(self, words: Sequence[Word]) -> None:
        """Take in what is said, at once and, where it is early, again later.

        Raises SQLAlchemyError while the log is away, and tries later all the same: Twilio says nothing twice.
        """
        try:
            await asyncio.to_thread(self._book.take_in, words)
            early = await asyncio.to_thread(self._book.early, words)
        except SQLAlchemyError:
            self._keep(words)
            raise
        self._keep(early)

    async def close(self) -> None:
        """Forget them."""
        for task in self._kept:
            task.cancel()
        await asyncio.gather(*self._kept, return_exceptions=True)

    def _keep(self, words: Sequence[Word]) -> None:
        if words and len(self._kept) < _MOST:
            task = asyncio.create_task(self._again(words), name="early-words")
            self._kept.add(task)
            task.add_done_callback(self._kept.discard)

    async def _again(self, words: Sequence[Word]) -> None:
        for pause in self._pauses:
            await self._sleep(pause)
            try:
                await asyncio.to_thread(self._book.take_in, words)
                words = await asyncio.to_thread(self._book.early, words)
            except SQLAlchemyError as error:
                emit("webhook.failed", provider=words[0].provider, error=error)
            if not words:
                return
