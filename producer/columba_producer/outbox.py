"""The outbox in the app's own transaction: the event exists exactly if what it tells of does."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias, Unpack, cast
from uuid import UUID

from columba_shared.blobs.store import BlobStore
from columba_shared.clock import Clock, utc_now
from columba_shared.errors import BrokenCheck, InvalidEvent
from columba_shared.log.blob_store import BlobsWithin
from columba_shared.log.own_outbox import create_outbox
from columba_shared.log.tables import blob_use, outbox
from sqlalchemy import Connection, CursorResult, delete, insert, inspect, select
from sqlalchemy.orm import Session, scoped_session

from columba_producer.contract import Contract
from columba_producer.creation import Creation, EncodedEvent
from columba_producer.enclosing import MOST_MIB, Enclosing
from columba_producer.ids import EventIds
from columba_producer.request import EventRequest, Said

__all__ = ["Outbox", "create_outbox"]

Transaction: TypeAlias = Session | Connection | scoped_session[Session]

CHUNK: Final = 500


class Outbox:
    """Enqueues within the transaction of a Session or Connection: rolling back un-queues.

    An AsyncSession works through its `run_sync`: `await session.run_sync(lambda each: Outbox(each).enqueue(…))`.
    The table must be there: `columba migrate` makes it, or `create_outbox(engine)`.
    """

    def __init__(
        self,
        transaction: Transaction,
        *,
        name: str = "",
        targets: Iterable[str] = ("email",),
        contract: Contract | None = None,
        blobs: BlobStore | None = None,
        attachments_mib: int = MOST_MIB,
        clock: Clock = utc_now,
    ) -> None:
        """Prepare; nothing is written yet. ``contract`` is what `Contract.read` has read, once for all transactions.

        Attachments that are too large to travel go to ``blobs``, which `open_blobs` opens, and are there whether or not
        the caller commits; without it they are written in the same transaction, where this is the log's database.

        Raises InvalidEvent for a name or target that cannot be.
        """
        self._transaction = transaction
        self._first = 0
        store = partial(store_within, transaction) if blobs is None else lambda: blobs
        enclosing = Enclosing(store=store, most_mib=attachments_mib)
        self._creation = Creation(
            producer=name, targets=tuple(targets), clock=clock, contract=contract, enclosing=enclosing
        )

    def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Write the event and return its id; it is told once the caller commits.

        The arguments are those of `Producer.enqueue`. Raises InvalidEvent; the database's errors are SQLAlchemy's own,
        since the transaction is the caller's.
        """
        events = self._creation.events(EventRequest(kind=kind, **said))
        self._write(events)
        return events[0].event.id

    def withdraw(self, kind: str, *, key: str, target: str = "email") -> UUID:
        """Cancel what waits under this key of this kind, once the caller commits; returns the withdrawal's id."""
        withdrawal = self._creation.withdrawal(kind, key=key, target=target)
        self._write((withdrawal,))
        return withdrawal.event.id

    def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Write many events, some hundred at a time, and return their ids; raises InvalidEvent at the first bad one."""
        ids, waiting = EventIds(), list[EncodedEvent]()
        for request in requests:
            events = self._creation.events(EventRequest.of(request))
            ids.append(events[0].event.id)
            waiting += events
            if len(waiting) >= CHUNK:
                self._write(waiting)
                waiting.clear()
        if waiting:
            self._write(waiting)
        return ids

    def enqueue_each(self, requests: Iterable[EventRequest]) -> list[UUID | InvalidEvent | BrokenCheck]:
        """Write those that can be events; return for each request its event's id, or why it cannot be one."""
        answers, waiting = list[UUID | InvalidEvent | BrokenCheck](), list[EncodedEvent]()
        for request in requests:
            try:
                events = self._creation.events(request)
            except (InvalidEvent, BrokenCheck) as error:
                answers.append(error)
                continue
            answers.append(events[0].event.id)
            waiting += events
        for start in range(0, len(waiting), CHUNK):
            self._write(waiting[start : start + CHUNK])
        return answers

    def take_back(self, event_ids: Iterable[UUID]) -> None:
        """Remove events that this outbox wrote in this same transaction, as if they never had been.

        Looked up first, from its own first row on: MySQL and MariaDB would lock every row that a deletion without an
        index reads, also others'.
        """
        ids = list(event_ids)
        for start in range(0, len(ids), CHUNK):
            its = select(outbox.c.id).where(
                outbox.c.id >= self._first, outbox.c.event_id.in_(ids[start : start + CHUNK])
            )
            rows = self._transaction.execute(its).scalars().all()
            if rows:
                self._transaction.execute(delete(outbox).where(outbox.c.id.in_(rows)))

    def _write(self, events: Iterable[EncodedEvent]) -> None:
        first = write(self._transaction, events, now=self._creation.clock())
        self._first = min(self._first, first) if self._first else first


def store_within(transaction: Transaction) -> BlobStore | None:
    """Return the blob store in a transaction; None where that is not in the log's database."""
    connection = transaction if isinstance(transaction, Connection) else transaction.connection()
    return BlobsWithin(connection) if inspect(connection).has_table(blob_use.name) else None


def write(transaction: Transaction, events: Iterable[EncodedEvent], *, now: datetime) -> int:
    """Write the events' rows in a transaction; returns the number of the first, from which the others count up."""
    first, *rest = [{"event_id": each.event.id, "body": each.body, "written_at": now} for each in events]
    written = cast("CursorResult[Any]", transaction.execute(insert(outbox).values(first)))
    if rest:
        transaction.execute(insert(outbox), rest)
    return int(cast("tuple[Any, ...]", written.inserted_primary_key)[0])
