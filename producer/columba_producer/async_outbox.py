"""The outbox in the transaction of an AsyncSession; needs SQLAlchemy."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, Unpack
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from columba_producer.ids import EventIds
from columba_producer.outbox import Outbox
from columba_producer.outbox_terms import OutboxTerms
from columba_producer.request import EventRequest, Said

AsyncTransaction = AsyncSession | AsyncConnection
T = TypeVar("T")
ASYNCHRONOUS: Final = (AsyncSession, AsyncConnection)
"""What is used with await."""


class AsyncOutbox:
    """An `Outbox` for coroutines: the database's driver waits, and the event loop goes on meanwhile."""

    def __init__(self, transaction: AsyncTransaction, terms: OutboxTerms) -> None:
        self._transaction = transaction
        self._terms = terms

    async def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Write the event and return its id; it is told once the caller commits."""
        return await self._run(lambda outbox: outbox.enqueue(kind, **said))

    async def withdraw(self, kind: str, *, key: str, target: str = "email") -> UUID:
        """Cancel what waits under this key of this kind, once the caller commits; returns the withdrawal's id."""
        return await self._run(lambda outbox: outbox.withdraw(kind, key=key, target=target))

    async def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Write many events and return their ids; raises InvalidEvent at the first bad one."""
        return await self._run(lambda outbox: outbox.enqueue_many(requests))

    async def _run(self, work: Callable[[Outbox], T]) -> T:
        return await self._transaction.run_sync(lambda transaction: work(self._terms.open(transaction)))
