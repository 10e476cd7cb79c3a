"""From a message to the very files that go out: read, bounded, hashed, and packed if asked."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import structs

from columba_consumers.errors import InvalidMessage, Temporary
from columba_consumers.file_message import File, FileMessage

_BLOCK: Final = 1 << 18
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""When everything in a ZIP was changed: the same files make the same ZIP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A file that goes out. Its content is in memory, or at a path that is read anew for each destination."""

    directory: str
    name: str
    content: bytes | Path
    size: int
    sha256: str

    @property
    def place(self) -> str:
        """Where it lies under the destination's folder."""
        return f"{self.directory}/{self.name}" if self.directory else self.name

    def octets(self) -> bytes:
        """Return the content, read if it must be; raises Temporary when its file is gone."""
        with self.opened() as file:
            return file.read()

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Give the content for reading; raises Temporary when its file is gone."""
        if isinstance(self.content, bytes):
            yield io.BytesIO(self.content)
            return
        try:
            file = self.content.open("rb")
        except OSError as error:
            raise Temporary(f"{self.content}: {error.strerror}") from error
        with file:
            yield file


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The files of one message, in the order in which they appear at the destination."""

    files: tuple[PackedFile, ...]

    @property
    def size(self) -> int:
        """How many bytes they have together."""
        return sum(file.size for file in self.files)


def read(message: FileMessage, *, max_size: int) -> Packed:
    """Return the message's files; raises InvalidMessage for none at all, or for more than ``max_size`` bytes."""
    if not message.files:
        raise InvalidMessage("text, content, path, related: there is no file to send")
    files = tuple(_read(file, max_size) for file in message.files)
    _bound(sum(file.size for file in files), max_size)
    return Packed(files=files)


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


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield what is in a file, piece by piece."""
    return iter(lambda: file.read(_BLOCK), b"")


def _with_content(file: File, found: PackedFile) -> File:
    return file if file.path is None else structs.replace(file, path=None, content=found.octets())


def _read(file: File, max_size: int) -> PackedFile:
    octets = file.octets
    if octets is not None:
        return _of_bytes(file.directory, file.name, octets)
    path = Path(file.path or "")
    try:
        _bound(path.stat().st_size, max_size)
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as opened:
            for block in blocks(opened):
                digest.update(block)
                size += len(block)
    except FileNotFoundError as error:
        raise InvalidMessage(f"path: there is no file {path}") from error
    except OSError as error:
        raise Temporary(f"path: {path}: {error.strerror}") from error
    return PackedFile(directory=file.directory, name=file.name, content=path, size=size, sha256=digest.hexdigest())


def _of_bytes(directory: str, name: str, content: bytes) -> PackedFile:
    sha256 = hashlib.sha256(content).hexdigest()
    return PackedFile(directory=directory, name=name, content=content, size=len(content), sha256=sha256)


def _zipped(files: tuple[PackedFile, ...]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.place, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with file.opened() as source, archive.open(entry, "w") as target:
                for block in blocks(source):
                    target.write(block)
    return memory.getvalue()


def _bound(size: int, max_size: int) -> None:
    if size > max_size:
        raise InvalidMessage(
            f"the files have {size:,} bytes, at most {max_size:,} are allowed (COLUMBA_FILES_MAX_SIZE)"
        )
