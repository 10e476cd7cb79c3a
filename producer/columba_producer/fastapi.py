"""Columba in a FastAPI or Starlette app: `await columba.enqueue(…)`, which keeps no event loop waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, Unpack, overload
from uuid import UUID

from columba_shared.errors import InvalidSetting, MissingExtra
from columba_shared.forking import forgets_when_forked
from columba_shared.telemetry import emit
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from columba_producer.app_settings import patience_of, settings_of
from columba_producer.errors import Busy
from columba_producer.ids import EventIds
from columba_producer.producer import Producer, WhenAway
from columba_producer.request import EventRequest, Said
from columba_producer.threads import Threads

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
    from sqlalchemy.orm import Session

    from columba_producer.async_outbox import AsyncOutbox
    from columba_producer.outbox import Outbox
    from columba_producer.outbox_terms import OutboxTerms

__all__ = ["Busy", "Columba", "State", "columba_of"]

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class State(TypedDict):
    """What requests find in ``request.state``."""

    columba: "Columba"


class Columba:
    """Enqueues from coroutines: the work is done in a few threads of its own, each with a connection of its own.

    ``FastAPI(lifespan=columba.lifespan)`` is all that it needs; an app with a lifespan of its own enters it there:
    ``async with columba.lifespan(app) as state: yield state``. For endpoints that are no coroutines there is
    ``producer``.
    """

    def __init__(
        self,
        producer: Producer | None = None,
        *,
        settings: Mapping[str, object] = _NOTHING,
        when_away: WhenAway = "raise",
        threads: int = 10,
    ) -> None:
        """Read the settings, ``COLUMBA_…`` of those given and of the environment; nothing is opened yet.

        ``producer`` is published through instead of one of our own, and is the caller's to close. At most ``threads``
        events are on their way at once, and as many calls of `enqueue_many`. Raises InvalidSettings that tells all that
        is wrong at once, InvalidSetting and MissingExtra.
        """
        if threads < 1:
            raise InvalidSetting("threads", "must be at least 1")
        self._settings = settings_of(settings)
        self._terms: OutboxTerms | None = None
        patience = patience_of(self._settings)
        self._threads = Threads(threads, name="columba", what="enqueue", patience=patience)
        self._many = Threads(threads, name="columba-many", what="enqueue many", patience=patience)
        self._last = Threads(1, name="columba-spool", what="spool", patience=patience)
        self._is_given = producer is not None
        self.producer = producer or Producer.from_settings(self._settings, when_away=when_away, timeout=patience)
        """What publishes; whoever calls it waits, up to two seconds for a broker that is away."""
        forgets_when_forked(self)

    async def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Return the event's id once it is durable; arguments and errors are those of `Producer.enqueue`, and Busy."""
        return await self._single(lambda producer: producer.enqueue(kind, **said))

    async def withdraw(self, kind: str, *, key: str, target: str = "email") -> UUID:
        """Cancel what waits under this key of this kind; returns the withdrawal's id."""
        return await self._single(lambda producer: producer.withdraw(kind, key=key, target=target))

    async def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Enqueue thousands a second, in order; the iterable is read in a thread. Raises PartlyEnqueued, and Busy."""
        return await self._many.run(partial(self.producer.enqueue_many, requests))

    @overload
    def outbox(self, transaction: "AsyncSession | AsyncConnection") -> "AsyncOutbox": ...
    @overload
    def outbox(self, transaction: "Session | Connection") -> "Outbox": ...
    def outbox(self, transaction: "AsyncSession | AsyncConnection | Session | Connection") -> "AsyncOutbox | Outbox":
        """Return the outbox of a request's transaction: what is enqueued there is told exactly if that commits."""
        try:
            from columba_producer.async_outbox import ASYNCHRONOUS, AsyncOutbox  # noqa: PLC0415 - needs SQLAlchemy
            from columba_producer.outbox_terms import OutboxTerms  # noqa: PLC0415 - as above
        except ModuleNotFoundError as error:
            raise MissingExtra(f"an outbox needs {error.name}: install columba-producer[outbox]") from error
        if self._terms is None:
            self._terms = OutboxTerms.of(self._settings)
        if isinstance(transaction, ASYNCHRONOUS):
            return AsyncOutbox(transaction, self._terms)
        return self._terms.open(transaction)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[State]:
        """Serve requests of the app, and close everything at the end."""
        app.state.columba = self
        async with self:
            yield {"columba": self}

    async def close(self) -> None:
        """Let what is on its way end, and close the connections; new ones are opened if it is used again."""
        for threads in (self._threads, self._many, self._last):
            await threads.close()
        if not self._is_given:
            await asyncio.to_thread(self.producer.close)
        if self._terms is not None:
            self._terms.close()

    def forget(self) -> None:
        """In a forked child: there are none of the parent's threads."""
        for threads in (self._threads, self._many, self._last):
            threads.forget()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close."""
        await self.close()

    async def _single(self, send: Callable[[Producer], UUID]) -> UUID:
        """Send it in a thread; if none has time for it, it is spooled by the one that does nothing else."""
        try:
            return await self._threads.run(partial(send, self.producer))
        except Busy as busy:
            spooling = self.producer.spooling
            if spooling is None:
                raise
            event_id = await self._last.run(partial(send, spooling))
            emit("publish.spooled", events=1, error=busy)
            return event_id


async def columba_of(connection: HTTPConnection) -> Columba:
    """Return the app's Columba, as a dependency: ``Annotated[Columba, Depends(columba_of)]``."""
    found: Columba | None = connection.scope.get("state", {}).get("columba")  # that of mounted apps, too
    found = found or getattr(connection.app.state, "columba", None)
    if found is None:
        raise RuntimeError("this app has no Columba: give it lifespan=columba.lifespan, or enter that in its own")
    return found
