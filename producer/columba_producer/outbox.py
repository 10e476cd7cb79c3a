"""The outbox in the app's own transaction: the event exists exactly if what it tells of does."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.log.own_outbox import create_outbox
from columba_shared.log.tables import outbox
from sqlalchemy import Connection, insert
from sqlalchemy.orm import Session

from columba_producer.creation import Creation, EncodedEvent
from columba_producer.ids import EventIds
from columba_producer.request import EventRequest, To

__all__ = ["Outbox", "create_outbox"]

_CHUNK: Final = 500


class Outbox:
    """Enqueues within the transaction of a Session or Connection: rolling back un-queues.

    An AsyncSession works through its `run_sync`: `await session.run_sync(lambda each: Outbox(each).enqueue(…))`.
    The table must be there: `columba migrate` makes it, or `create_outbox(engine)`.
    """

    def __init__(
        self,
        transaction: Session | Connection,
        *,
        name: str = "",
        targets: Iterable[str] = ("email",),
        clock: Clock = utc_now,
    ) -> None:
        """Prepare; nothing is written yet. Raises InvalidEvent for a name or target that cannot be."""
        self._transaction = transaction
        self._creation = Creation(producer=name, targets=tuple(targets), clock=clock)

    def enqueue(  # noqa: PLR0913 - one parameter for each thing that can be said of an event
        self,
        kind: str,
        *,
        to: To = None,
        audience: str | None = None,
        target: str | Iterable[str] = "email",
        context: Mapping[str, Any] | None = None,
        about: str | None = None,
        defer_for: timedelta | None = None,
        at: datetime | None = None,
        lane: str = "normal",
        expires: datetime | timedelta | None = None,
        key: str | None = None,
        max_wait: timedelta | None = None,
        hold: bool = False,
        auto: str | None = None,
        four_eyes: bool = False,
        by: str | None = None,
        category: str | None = None,
        idempotency_key: str | None = None,
    ) -> UUID:
        """Write the event and return its id; it is told once the caller commits.

        The arguments are those of `Producer.enqueue`. Raises InvalidEvent; the database's errors are SQLAlchemy's own,
        since the transaction is the caller's.
        """
        request = EventRequest(
            kind=kind,
            to=to,
            audience=audience,
            target=target,
            context=context,
            about=about,
            defer_for=defer_for,
            at=at,
            lane=lane,
            expires=expires,
            key=key,
            max_wait=max_wait,
            hold=hold,
            auto=auto,
            four_eyes=four_eyes,
            by=by,
            category=category,
            idempotency_key=idempotency_key,
        )
        events = self._creation.events(request)
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
            if len(waiting) >= _CHUNK:
                self._write(waiting)
                waiting.clear()
        if waiting:
            self._write(waiting)
        return ids

    def _write(self, events: Iterable[EncodedEvent]) -> None:
        now = self._creation.clock()
        values = [{"event_id": each.event.id, "body": each.body, "written_at": now} for each in events]
        self._transaction.execute(insert(outbox), values)
