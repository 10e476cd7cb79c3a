"""From a message to the very files that go out: read, bounded, and packed if asked."""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from msgspec import structs

from columba_consumers.errors import InvalidMessage, Temporary
from columba_consumers.file_message import File, FileMessage

_PIECE: Final = 1 << 18
_READ: Final = 1 << 16
"""Small enough that the memory for it is used again."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""When everything in a ZIP was changed: the same files make the same ZIP."""


class Stamp(NamedTuple):
    """What tells a file from another one, or from itself after a change."""

    inode: int
    changed_at: int
    """In nanoseconds."""
    size: int

    @classmethod
    def of(cls, told: os.stat_result) -> "Stamp":
        """Take it from what the system tells."""
        return cls(told.st_ino, told.st_mtime_ns, told.st_size)


@dataclass(frozen=True, kw_only=True)
class PackedFile:
    """A file that goes out. Its content is in memory, or at a path that is read anew for each destination.

    Reading raises Temporary when the file is gone or cannot be read, or is another one than was packed and validated.
    """

    directory: str
    name: str
    content: bytes | Path
    size: int
    stamp: Stamp | None = None
    """What the file at the path was when it was packed; None: whatever it is."""

    @cached_property
    def sha256(self) -> str:
        """The hash of the content, made when somebody asks for it; raises Temporary when its file is gone."""
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()

    @property
    def place(self) -> str:
        """Where it lies under the destination's folder."""
        return f"{self.directory}/{self.name}" if self.directory else self.name

    def blocks(self) -> Iterator[bytes | memoryview]:
        """Return the content piece by piece, so that each can be given a time of its own; raises Temporary as above."""
        if not isinstance(self.content, bytes):
            return self._read_blocks()
        if len(self.content) <= _PIECE:
            return iter((self.content,))
        whole = memoryview(self.content)
        return (whole[start : start + _PIECE] for start in range(0, len(whole), _PIECE))

    def _read_blocks(self) -> Iterator[bytes]:
        with self.opened() as file:
            yield from iter(lambda: file.read(_READ), b"")

    def octets(self) -> bytes:
        """Return the content, read if it must be; raises Temporary when its file is gone."""
        with self.opened() as file:
            return file.read()

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Give the content for reading; raises Temporary when its file is gone, or reading it fails."""
        if isinstance(self.content, bytes):
            yield io.BytesIO(self.content)
            return
        try:
            with self.content.open("rb") as file:
                self._must_be_as_packed(file)
                yield file
                self._must_be_as_packed(file)
        except OSError as error:
            raise Temporary(f"{self.content}: {error.strerror}") from error

    def _must_be_as_packed(self, file: BinaryIO) -> None:
        if self.stamp is not None and Stamp.of(os.fstat(file.fileno())) != self.stamp:
            raise Temporary(f"{self.place}: its source has changed since it was packed and validated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The files of one message, in the order in which they appear at the destination."""

    files: tuple[PackedFile, ...]

    @property
    def size(self) -> int:
        """How many bytes they have together."""
        if len(self.files) == 1:
            return self.files[0].size
        return sum(file.size for file in self.files)


def stamps(message: FileMessage) -> tuple[Stamp | None, ...]:
    """Return what the files at paths are by now; None for one that cannot be told."""
    return tuple(_stamp(file.path) for file in message.files if file.path is not None)


def read(message: FileMessage, *, max_size: int) -> Packed:
    """Return the message's files; raises InvalidMessage for none at all, or for more than ``max_size`` bytes."""
    files = tuple(_read(file, file.directory) for file in message.related)
    if message.has_file:
        # As ``message.files`` has it, which would ask about its name again.
        files = (*files, _read(message, "" if message.zip else message.directory))
    if not files:
        raise InvalidMessage("text, content, path, related: there is no file to send")
    packed = Packed(files=files)
    _bound(packed.size, max_size)
    return packed


def as_zip(packed: Packed, directory: str, name: str, *, max_size: int) -> Packed:
    """Return the files as one; raises InvalidMessage for a ZIP of more than ``max_size`` bytes."""
    content = _zipped(packed.files)
    _bound(len(content), max_size)
    return Packed(files=(_of_bytes(directory, name, content),))


def gathered(message: FileMessage, *, max_size: int) -> FileMessage:
    """Return the message with what is in the files that it names; raises InvalidMessage, and Temporary."""
    if message.path is None and all(file.path is None for file in message.related):
        return message
    found = read(message, max_size=max_size).files
    related = tuple(map(_with_content, message.related, found))
    if message.path is None:
        return structs.replace(message, related=related)
    return structs.replace(message, path=None, content=found[-1].octets(), related=related)


def _with_content(file: File, found: PackedFile) -> File:
    return file if file.path is None else structs.replace(file, path=None, content=found.octets())


def _read(file: File | FileMessage, directory: str) -> PackedFile:
    octets = file.content if file.text is None else file.text.encode()
    if octets is not None:
        return _of_bytes(directory, file.name, octets)
    path = Path(file.path or "")
    try:
        with path.open("rb") as opened:
            stamp = Stamp.of(os.fstat(opened.fileno()))
    except FileNotFoundError as error:
        raise InvalidMessage(f"path: there is no file {path}") from error
    except OSError as error:
        raise Temporary(f"path: {path}: {error.strerror}") from error
    return PackedFile(directory=directory, name=file.name, content=path, size=stamp.size, stamp=stamp)


def _stamp(path: str) -> Stamp | None:
    try:
        return Stamp.of(Path(path).stat())
    except OSError:
        return None


def _of_bytes(directory: str, name: str, content: bytes) -> PackedFile:
    return PackedFile(directory=directory, name=name, content=content, size=len(content))


def _zipped(files: tuple[PackedFile, ...]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.place, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w") as target:
                for block in file.blocks():
                    target.write(block)
    return memory.getvalue()


def _bound(size: int, max_size: int) -> None:
    if size > max_size:
        raise InvalidMessage(
            f"the files have {size:,} bytes, at most {max_size:,} are allowed (COLUMBA_FILES_MAX_SIZE)"
        )
