"""What the SMTP server for tests saw: one entry for every mail answered and every connection opened or lost."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final, TextIO
from uuid import UUID

from msgspec import Struct, json

_FLUSH_SECONDS: Final = 0.05


class Mail(Struct, frozen=True, kw_only=True, tag="mail"):
    """A mail whose last dot was answered; ``sha256`` and ``size`` are those of its lines without dot-stuffing.

    ``asked`` is what MAIL FROM had behind the address.
    """

    time: float
    connection: int
    transaction: int
    mail_from: str
    asked: str = ""
    rcpt_to: tuple[str, ...]
    message_id: str
    size: int
    sha256: str
    reply: str
    accepted: bool
    body: bytes | None = None


class Opened(Struct, frozen=True, kw_only=True, tag="opened"):
    """A connection that was taken."""

    time: float
    connection: int


class Lost(Struct, frozen=True, kw_only=True, tag="lost"):
    """A connection that ended.

    ``open`` is the transaction that was open then, or None: open from MAIL FROM until the client's next command
    after the last answer, or its QUIT. ``answered`` tells whether that one had its last answer.
    """

    time: float
    connection: int
    open: int | None
    answered: bool = False
    message_id: str = ""


Entry = Mail | Lost | Opened
_DECODER: Final = json.Decoder(Entry)
_ENCODER: Final = json.Encoder()


@dataclass(slots=True)
class Record:
    """What was read of a file so far: it only grows, and nothing of it is read twice."""

    path: Path
    _entries: list[Entry] = field(default_factory=list)
    _offset: int = 0
    _reading: Lock = field(default_factory=Lock)

    def entries(self) -> list[Entry]:
        """Return the entries up to now; a last line that is still being written is left out."""
        with self._reading, suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(self._offset)
            *lines, unfinished = file.read().split(b"\n")
            self._entries.extend(_DECODER.decode(line) for line in lines)
            self._offset = file.tell() - len(unfinished)
        return list(self._entries)


def accepted(entries: Iterable[Entry]) -> list[Mail]:
    """Return the mails that the server took."""
    return [entry for entry in entries if isinstance(entry, Mail) and entry.accepted]


def opened(entries: Iterable[Entry]) -> list[float]:
    """Return when connections were opened, in their order."""
    return [entry.time for entry in entries if isinstance(entry, Opened)]


def open_when_lost(entries: Iterable[Entry]) -> int:
    """Return how many transactions were open when their connections were lost: what a kill may leave in doubt."""
    return sum(isinstance(entry, Lost) and entry.open is not None for entry in entries)


def delivery_of(mail: Mail) -> UUID:
    """Return the delivery that a mail's id names."""
    return UUID(hex=mail.message_id.strip("<>").partition("@")[0])


def went_on(entries: Iterable[Entry]) -> set[int]:
    """Return the transactions after whose last answer the client gave another command."""
    entries = list(entries)
    cut = {entry.open for entry in entries if isinstance(entry, Lost)}
    return {entry.transaction for entry in entries if isinstance(entry, Mail) and entry.transaction not in cut}


class Recorder:
    """Keeps entries in memory, or writes them to a file as lines of JSON, a few times a second."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self.mails = 0
        self.accepted = 0
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None
        self._unwritten: list[str] = []
        self._flusher: asyncio.TimerHandle | None = None
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def add(self, entry: Entry) -> None:
        """Keep one entry, and wake whoever waits for it."""
        if isinstance(entry, Mail):
            self.mails += 1
            self.accepted += entry.accepted
        if self._file is None:
            self.entries.append(entry)
        else:
            self._unwritten.append(_ENCODER.encode(entry).decode())
            if self._flusher is None:
                self._flusher = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
        if self._waiting:
            self.look()

    def look(self) -> None:
        """Wake those whose condition has come true."""
        for condition, future in self._waiting:
            if not future.done() and condition():
                future.set_result(None)
        self._waiting = [(condition, future) for condition, future in self._waiting if not future.done()]

    async def until(self, condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
        """Return once the condition holds; it is looked at after every entry. Raises TimeoutError."""
        if condition():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((condition, future))
        async with asyncio.timeout(seconds):
            await future

    def flush(self) -> None:
        """Write what is unwritten."""
        if self._flusher is not None:
            self._flusher.cancel()
            self._flusher = None
        if self._file is not None and self._unwritten:
            self._file.write("\n".join(self._unwritten) + "\n")
            self._file.flush()
            self._unwritten.clear()

    def close(self) -> None:
        """Write the rest and close the file."""
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None
