"""A folder on an FTP server: logins that are kept for a while, each used by one thread at a time."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from columba_shared.settings.file_destinations import Destination

from columba_consumers.errors import DeliveryError, Permanent, Temporary, Unknown
from columba_consumers.targets.files.crew import Crew
from columba_consumers.targets.files.draft import Draft, is_aside
from columba_consumers.targets.files.ftp.renaming import rename
from columba_consumers.targets.files.ftp.session import FtpSession
from columba_consumers.targets.files.packing import Packed
from columba_consumers.targets.files.receiver import Entry

T = TypeVar("T")

IDLE_SECONDS: Final = 30.0


class FtpFolder:
    """ftplib in threads: it can use a TLS session again for a file's connection, which asyncio cannot."""

    def __init__(self, destination: Destination, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._destination = destination
        self._idle_seconds = idle_seconds
        self._crew = Crew(destination.connections)
        self._lock = threading.Lock()
        self._replacing = threading.Lock()
        self._idle: list[FtpSession] = []
        self._busy: set[FtpSession] = set()
        self._made: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._used_at = 0.0
        self._closed = False

    async def put(self, packed: Packed, draft: Draft) -> str:
        """Bring the files."""
        old: list[str] = []
        if draft.again:
            # First, so that a server which is full gets no fuller. Who may not list may bring files all the same.
            with suppress(Permanent, Temporary, Unknown):
                old = await self._with_session(lambda session: self._sweep(session, packed, draft))
        return await self._with_session(lambda session: self._put(session, packed, draft, old))

    async def entries(self) -> list[Entry]:
        """Return every file."""
        return await self._with_session(lambda session: list(session.entries()))

    async def sha256(self, place: str) -> str:
        """Return a file's hash."""
        return await self._with_session(lambda session: session.sha256(f"{session.root.rstrip('/')}/{place}"))

    async def remove(self, place: str) -> None:
        """Remove a file."""
        await self._with_session(lambda session: session.remove(f"{session.root.rstrip('/')}/{place}"))

    async def probe(self) -> None:
        """Log in, or find that a login still holds."""
        await self._with_session(lambda session: session.make(""))

    async def close(self) -> None:
        """Hang up everywhere; a thread that is at work gets an error."""
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._closed = True
            idle, busy, self._idle = self._idle, list(self._busy), []
        for session in busy:
            session.abort()
        if idle:
            await self._crew.run(lambda: _close(idle))
        self._crew.close()

    async def _with_session(self, work: Callable[[FtpSession], T]) -> T:
        call = _Call()
        try:
            return await self._crew.run(lambda: self._use(work, call))
        except asyncio.CancelledError:
            call.cancel()
            raise
        finally:
            self._close_later()

    def _use(self, work: Callable[[FtpSession], T], call: "_Call") -> T:
        session = self._taken(call)
        good = False
        try:
            done = work(session)
            good = True
        except Permanent:
            good = True
            raise
        else:
            return done
        finally:
            call.end()
            self._give_back(session, good=good)

    def _taken(self, call: "_Call") -> FtpSession:
        while True:
            with self._lock:
                session = self._idle.pop() if self._idle else None
                if session is not None:
                    self._busy.add(session)
            if session is None:
                break
            call.begin(session)
            if session.is_alive():
                return session
            call.end()
            self._give_back(session, good=False)
        session = FtpSession(self._destination)
        with self._lock:
            self._busy.add(session)
        call.begin(session)
        try:
            session.open()
        except BaseException:
            call.end()
            self._give_back(session, good=False)
            raise
        return session

    def _give_back(self, session: FtpSession, *, good: bool) -> None:
        with self._lock:
            self._busy.discard(session)
            kept = good and session.is_usable and not self._closed
            if kept:
                self._idle.append(session)
        if not kept:
            session.hang_up()

    def _close_later(self) -> None:
        """See to it that logins which nobody uses any more are given up."""
        self._used_at = time.monotonic()
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._close_idle)

    def _close_idle(self) -> None:
        """Give them up, or look again when they may have been idle for long enough."""
        loop = asyncio.get_running_loop()
        rest = self._used_at + self._idle_seconds - time.monotonic()
        self._timer = loop.call_later(rest, self._close_idle) if rest > 0 else None
        if self._timer is None:
            with self._lock:
                idle, self._idle = self._idle, []
            loop.run_in_executor(None, _close, idle)

    def _put(self, session: FtpSession, packed: Packed, draft: Draft, old: list[str]) -> str:
        written: list[tuple[str, str, str]] = []
        how = ""
        try:
            for number, file in enumerate(packed.files):
                was_there = file.directory in self._made
                folder = self._folder(session, file.directory).rstrip("/")
                path = f"{folder}/{draft.name(number)}"
                written.append((path, f"{folder}/{file.name}", f"{folder}/{draft.aside(number)}"))
                try:
                    how = session.store(file, path)
                except Permanent:
                    # It may be that somebody has removed a folder which was there.
                    if not was_there:
                        raise
                    self._made.discard(file.directory)
                    self._folder(session, file.directory)
                    how = session.store(file, path)
            for path, final, aside in written:
                rename(session, path, final, aside, self._replacing)
        except DeliveryError:
            _remove(session, [path for path, _, _ in written])
            raise
        if old:
            _remove(session, old)
        return how

    def _folder(self, session: FtpSession, directory: str) -> str:
        """Return a folder's path, made if nobody here has made it yet."""
        if directory not in self._made:
            session.make(directory)
            self._made.add(directory)
        root = session.root
        return f"{root.rstrip('/')}/{directory}" if directory else root

    def _sweep(self, session: FtpSession, packed: Packed, draft: Draft) -> list[str]:
        """Remove what earlier attempts at this delivery left; return what they set aside, which goes later."""
        old: list[str] = []
        for directory in {file.directory for file in packed.files}:
            folder = self._folder(session, directory).rstrip("/")
            for name in session.names(folder or "/"):
                if is_aside(name) and draft.is_left_over(name):
                    old.append(f"{folder}/{name}")
                elif draft.is_left_over(name):
                    session.remove(f"{folder}/{name}")
        return old


class _Call:
    """One use of a login; it may be cancelled before there is one, and never cuts one that was given back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: FtpSession | None = None
        self._cancelled = False

    def begin(self, session: FtpSession) -> None:
        with self._lock:
            self._session = session
            if self._cancelled:
                session.abort()

    def end(self) -> None:
        with self._lock:
            self._session = None

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._session is not None:
                self._session.abort()


def _remove(session: FtpSession, paths: list[str]) -> None:
    """Remove what is of no more use, as far as that can be done; nothing depends on it."""
    with suppress(DeliveryError):
        for path in paths:
            if session.is_usable:
                session.remove(path)


def _close(sessions: list[FtpSession]) -> None:
    for session in sessions:
        session.close()
