"""Content whose size and hash are known: read once, from wherever it comes, and never held whole in memory for that."""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from os import PathLike
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from columba_shared.attachment import Content

PIECE: Final = 512 * 1024
"""What is read, or kept, at once: small enough for what any database takes in one statement."""
_IN_MEMORY: Final = 2 * PIECE


class TooMuch(Exception):
    """There is more of it than was allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Content in a file of our own, its size and its SHA-256 in hexadecimal digits."""

    size: int
    sha256: str
    file: IO[bytes]

    def pieces(self) -> Iterator[bytes]:
        """Yield it from the beginning, a piece at a time."""
        self.file.seek(0)
        while piece := self.file.read(PIECE):
            yield piece

    def whole(self) -> bytes:
        """Return all of it."""
        return b"".join(self.pieces())


@contextmanager
def measured(content: "Content", *, most: int) -> Iterator[Measured]:
    """Lend the content measured; a path is read, a stream is read to its end and closed.

    Raises TooMuch for more than so many bytes, OSError or ValueError for what cannot be read, and what a stream raises.
    """
    if isinstance(content, bytes):
        if len(content) > most:
            raise TooMuch
        digest = hashlib.sha256(content).hexdigest()
        yield Measured(size=len(content), sha256=digest, file=BytesIO(content))
        return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        with _opened(content) as source:
            size, digest = _copied(source, file, most)
        yield Measured(size=size, sha256=digest, file=file)


def _opened(content: "PathLike[str] | IO[bytes]") -> AbstractContextManager[IO[bytes]]:
    """Return what closes it at the end: streams of some libraries can only be read, or closed."""
    if isinstance(content, PathLike):
        return Path(content).open("rb")
    if hasattr(content, "__exit__"):
        return content
    return closing(content) if hasattr(content, "close") else nullcontext(content)


def _copied(source: IO[bytes], file: IO[bytes], most: int) -> tuple[int, str]:
    """Read on while there is more: a stream gives as much at a time as it happens to have."""
    size, digest = 0, hashlib.sha256()
    while piece := source.read(PIECE):
        if not isinstance(piece, bytes):
            raise ValueError("it gives no bytes: open it in binary mode")  # noqa: TRY004 - a value of the app's
        size += len(piece)
        if size > most:
            raise TooMuch
        digest.update(piece)
        file.write(piece)
    return size, digest.hexdigest()
