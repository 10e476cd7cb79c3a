"""The pool: as many connections as there are slots, opened when needed, kept while they are good."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from columba_consumers.errors import TargetDown, Temporary, Throttled
from columba_consumers.targets.email.smtp.envelope import Accepted, Envelope
from columba_consumers.targets.email.smtp.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """When a connection is checked or given up."""

    max_age_seconds: float = 300.0
    max_mails: int = 1000
    check_after_idle_seconds: float = 10.0
    close_after_idle_seconds: float = 60.0


class Pool:
    """Lends out slots.

    A slot is kept from before the claim until the outcome is committed, and only then does its connection serve
    the next mail. So when this process is killed, no more deliveries are in doubt than transactions were open.
    """

    def __init__(self, opener: Callable[[], Awaitable[Session]], *, size: int, wear: Wear | None = None) -> None:
        self._open = opener
        self._wear = wear or Wear()
        self._free = asyncio.Semaphore(size)
        self._idle: list[Session] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False

    def slot(self) -> "PoolSlot":
        """Return a context manager that waits for a free slot; a connection is opened only when a mail is sent."""
        return PoolSlot(self, self._free)

    async def take(self) -> Session:
        """Return the connection used last, if it is still good, else a new one; raises TargetDown and Throttled."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            session = self._idle.pop()
            if not session.alive:
                continue
            if self._is_worn(session, now):
                session.close()
            elif now - session.idle_since < self._wear.check_after_idle_seconds or await session.answers():
                return session
        return await self._open()

    async def fresh(self) -> Session:
        """Return a new connection; raises TargetDown and Throttled."""
        return await self._open()

    def give_back(self, session: Session) -> None:
        """Keep a good connection for the next mail."""
        if not session.alive:
            return
        loop = asyncio.get_running_loop()
        session.idle_since = loop.time()
        if self._closed or self._is_worn(session, session.idle_since):
            session.close()
            return
        self._idle.append(session)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._wear.close_after_idle_seconds, self._sweep)

    async def close(self) -> None:
        """Say goodbye on every idle connection; those in use follow when they are given back."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        sessions, self._idle = self._idle, []
        for session in sessions:
            session.close()
        await asyncio.gather(*(session.closed() for session in sessions))

    def _is_worn(self, session: Session, now: float) -> bool:
        return session.sent >= self._wear.max_mails or now - session.opened_at > self._wear.max_age_seconds

    def _sweep(self) -> None:
        """Close what has been idle for long, and come back while anything is idle."""
        loop = asyncio.get_running_loop()
        limit = loop.time() - self._wear.close_after_idle_seconds
        for session in self._idle:
            if session.idle_since <= limit:
                session.close()
        self._idle = [session for session in self._idle if session.alive]
        self._sweeper = loop.call_later(self._wear.close_after_idle_seconds / 2, self._sweep) if self._idle else None


class PoolSlot:
    """The right to one SMTP transaction, and the connection that had it until the slot is given back."""

    def __init__(self, pool: Pool, free: asyncio.Semaphore) -> None:
        self._pool = pool
        self._free = free
        self._session: Session | None = None

    async def __aenter__(self) -> Self:
        await self._free.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        try:
            if session is not None:
                self._pool.give_back(session)
        finally:
            self._free.release()

    async def send(self, envelope: Envelope, data: bytes) -> Accepted:
        """Hand one mail over; raises DeliveryError.

        A kept connection that turns out dead, or tired of us, before the mail was out of our hands costs nothing
        but a new connection.
        """
        session = self._session or await self._pool.take()
        self._session = session
        is_kept = session.sent > 0
        try:
            return await session.send(envelope, data)
        except (Temporary, TargetDown, Throttled) as error:
            if not is_kept or not session.is_tired(error):
                raise
        self._session = session = await self._pool.fresh()
        return await session.send(envelope, data)
