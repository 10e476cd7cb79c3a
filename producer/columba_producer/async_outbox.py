"""The outbox in the transaction of an AsyncSession; needs SQLAlchemy."""

import asyncio
from collections.abc import Iterable, Mapping
from io import BytesIO
from itertools import islice
from typing import Any, Final, Unpack
from uuid import UUID

from columba_shared.blobs.errors import BlobMissing
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import BlobStore, Use
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Session

from columba_producer.creation import EncodedEvent
from columba_producer.ids import EventIds
from columba_producer.outbox import CHUNK, store_within, write
from columba_producer.outbox_terms import OutboxTerms
from columba_producer.request import EventRequest, Said

AsyncTransaction = AsyncSession | AsyncConnection
ASYNCHRONOUS: Final = (AsyncSession, AsyncConnection)
"""What is used with await."""


class AsyncOutbox:
    """An `Outbox` for coroutines: the database's driver waits, and the event loop goes on meanwhile.

    Files are read, and stored where they do not go with the transaction, in a thread.
    """

    def __init__(self, transaction: AsyncTransaction, terms: OutboxTerms) -> None:
        self._transaction = transaction
        self._terms = terms
        self._creation = terms.creation(lambda: None)

    async def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Write the event and return its id; it is told once the caller commits."""
        (event_id,) = await self._enqueue([EventRequest(kind=kind, **said)])
        return event_id

    async def withdraw(self, kind: str, *, key: str, target: str = "email") -> UUID:
        """Cancel what waits under this key of this kind, once the caller commits; returns the withdrawal's id."""
        withdrawal = self._creation.withdrawal(kind, key=key, target=target)
        await self._write([withdrawal])
        return withdrawal.event.id

    async def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Write many events and return their ids; raises InvalidEvent at the first bad one."""
        ids, rest = EventIds(), iter(requests)
        while some := await self._transaction.run_sync(
            lambda _: list(islice(rest, CHUNK))
        ):  # it may load what it reads
            for event_id in await self._enqueue([EventRequest.of(each) for each in some]):
                ids.append(event_id)
        return ids

    async def _enqueue(self, requests: list[EventRequest]) -> list[UUID]:
        made = [await self._events(each) for each in requests]
        await self._write([event for events in made for event in events])
        return [events[0].event.id for events in made]

    async def _events(self, request: EventRequest) -> tuple[EncodedEvent, ...]:
        """Make the events of one request, whose large files are stored then."""
        if request.attachments == () and request.mail is None:
            return self._creation.events(request)
        store, aside = await self._transaction.run_sync(self._stores)
        events = await asyncio.to_thread(self._terms.creation(lambda: store).events, request)
        if aside is not None and aside.contents:
            await self._transaction.run_sync(aside.keep)
        return events

    def _stores(self, transaction: Session | Connection) -> "tuple[BlobStore | None, Aside | None]":
        """Return where files go from a thread, which is aside if it is for the transaction to store them."""
        beside = self._terms.store_beside(transaction)
        if beside is not None or store_within(transaction) is None:
            return beside, None
        aside = Aside()
        return aside, aside

    async def _write(self, events: list[EncodedEvent]) -> None:
        now = self._creation.clock()
        await self._transaction.run_sync(lambda transaction: write(transaction, events, now=now))


class Aside:
    """Contents that a thread has read, until they are stored in the transaction, by the driver that may wait."""

    def __init__(self) -> None:
        self.contents: list[tuple[str, bytes, Use]] = []

    def put(self, content: Measured, use: Use) -> str:
        """Return as what it is going to be kept."""
        self.contents.append((content.sha256, content.whole(), use))
        return content.sha256

    def get(self, blob: str) -> bytes:
        """Raise BlobMissing: nobody asks here."""
        raise BlobMissing(f"{blob[:12]}… is on its way to its store")

    def close(self) -> None:
        """Leave them to whoever has this."""

    def keep(self, transaction: Session | Connection) -> None:
        """Store them in the transaction."""
        store = store_within(transaction)
        if store is not None:
            for digest, content, use in self.contents:
                store.put(Measured(size=len(content), sha256=digest, file=BytesIO(content)), use)
