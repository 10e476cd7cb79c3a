"""Mail into a folder instead of a server: a Maildir, which any mail reader opens."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from columba_consumers.errors import TargetDown
from columba_consumers.targets.email.smtp.envelope import Accepted, Envelope

_FOLDERS: Final = ("tmp", "new", "cur")


class Maildir:
    """Writes each mail as one file, complete and on disk before it appears.

    The file is named after the delivery, so that a mail that is delivered again takes the place of its first copy,
    also after a reader has moved that one to ``cur``.
    """

    def __init__(self, path: Path, *, slots: int) -> None:
        self._path = path
        self._free = asyncio.Semaphore(slots)
        self._read: tuple[int, dict[str, Path]] = (-1, {})

    @asynccontextmanager
    async def slot(self) -> AsyncIterator["Maildir"]:
        """Wait for a free slot and hold it."""
        async with self._free:
            yield self

    async def send(self, envelope: Envelope, data: bytes) -> Accepted:
        """Write one mail; raises TargetDown if the disk will not have it."""
        try:
            path = await asyncio.to_thread(self._write_making_folders, envelope, data)
        except OSError as error:
            raise _down(self._path, error) from error
        return Accepted(reply=f"written to {path}", queue_id=path.name)

    async def probe(self) -> None:
        """Make sure that the folder is there and can be written; raises TargetDown."""
        try:
            await asyncio.to_thread(self._prepare)
        except OSError as error:
            raise _down(self._path, error) from error

    async def close(self) -> None:
        """Nothing is kept open."""

    def _prepare(self) -> None:
        for folder in _FOLDERS:
            (self._path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(self._path / "tmp", os.W_OK | os.X_OK):
            raise PermissionError("may not write there")

    def _write_making_folders(self, envelope: Envelope, data: bytes) -> Path:
        """Write one mail; whoever finds a part of the folder missing, which another may be making, makes it."""
        try:
            return self._write(envelope, data)
        except FileNotFoundError:
            self._prepare()
            return self._write(envelope, data)

    def _write(self, envelope: Envelope, data: bytes) -> Path:
        name = f"{envelope.delivery}.columba"
        draft = self._path / "tmp" / name
        _write_through(draft, _traced(envelope, data))
        place = self._already_read(name) or self._path / "new" / name
        draft.rename(place)
        _sync(place.parent)
        return place

    def _already_read(self, name: str) -> Path | None:
        """Return where a reader has put this mail; the folder is listed again only when it has changed."""
        folder = self._path / "cur"
        changed_at = folder.stat().st_mtime_ns
        read_at, read = self._read
        if changed_at != read_at:
            read = {path.name.partition(":")[0]: path for path in folder.iterdir()}
            self._read = (changed_at, read)
        return read.get(name)


def _traced(envelope: Envelope, data: bytes) -> bytes:
    """Put the envelope on top, as a server does on delivery, so that blind copies can be seen; use local line ends."""
    lines = [f"Return-Path: <{envelope.sender}>", *(f"Delivered-To: {address}" for address in envelope.recipients)]
    return "".join(f"{line}\n" for line in lines).encode() + data.replace(b"\r\n", b"\n")


def _write_through(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _down(path: Path, error: OSError) -> TargetDown:
    return TargetDown(f"{path}: {error.strerror or error}")
