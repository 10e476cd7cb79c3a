"""A folder of this machine, or one that is mounted: files on disk before they appear, and then all at once."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from columba_shared.settings.file_destinations import Destination

from columba_consumers.errors import DeliveryError, Permanent, TargetDown, Temporary
from columba_consumers.targets.files.crew import Crew
from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.packing import Packed, PackedFile
from columba_consumers.targets.files.receiver import Entry

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_OUT_OF_ORDER: Final = frozenset({errno.EROFS, errno.EIO, errno.ESTALE})
_ABOUT_THE_PATH: Final = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ENAMETOOLONG,
        errno.ELOOP,
        errno.EEXIST,
        errno.EINVAL,
        errno.EILSEQ,
    }
)
"""What will be the same tomorrow; what else a system says may pass: too many open files, no memory, busy."""
_NOT_SYNCED: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM})
"""How systems say that a folder is not synced: by no one (on some mounted ones), or not by who may not list it."""
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class LocalFolder:
    """Writes in threads: disks block."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._root = Path(destination.folder)
        self._crew = Crew(destination.connections)

    async def put(self, packed: Packed, draft: Draft) -> str:
        """Bring the files."""
        return await self._crew.run(lambda: self._put(packed, draft))

    async def entries(self) -> list[Entry]:
        """Return every file."""
        return await self._crew.run(lambda: list(self._entries()))

    async def sha256(self, place: str) -> str:
        """Return a file's hash."""
        return await self._crew.run(lambda: self._hash(self._root / place))

    async def remove(self, place: str) -> None:
        """Remove a file."""
        await self._crew.run(lambda: self._remove(self._root / place))

    async def probe(self) -> None:
        """Make sure that the folder is there and can be written."""
        await self._crew.run(self._probe)

    async def close(self) -> None:
        """End the threads."""
        self._crew.close()

    def _put(self, packed: Packed, draft: Draft) -> str:
        with self._translated():
            if draft.again:
                # First, so that a disk which is full gets no fuller.
                self._sweep(packed, draft)
            written: list[Path] = []
            try:
                pairs = [self._write(file, draft, number, written) for number, file in enumerate(packed.files)]
                for path, final in pairs:
                    path.rename(final)
            except (OSError, DeliveryError):
                for path in written:
                    with suppress(OSError):
                        path.unlink(missing_ok=True)
                raise
        self._keep({final.parent for _, final in pairs})
        return "size verified"

    def _sweep(self, packed: Packed, draft: Draft) -> None:
        """Remove what earlier attempts left; files can be brought also where that does not work."""
        for directory in {file.directory for file in packed.files}:
            with suppress(OSError):
                _sweep(self._folder(directory), draft)

    def _keep(self, folders: set[Path]) -> None:
        """Put the new names on disk. The files lie there: what goes wrong now is never the end of the delivery."""
        for folder in folders:
            try:
                _sync(folder)
            except OSError as error:
                raise Temporary(f"{folder}: its new names may not be on disk: {error.strerror or error}") from error

    def _write(self, file: PackedFile, draft: Draft, number: int, written: list[Path]) -> tuple[Path, Path]:
        folder = self._folder(file.directory)
        path = folder / draft.name(number)
        try:
            descriptor = os.open(path, _NEW, 0o666)
        except FileNotFoundError:
            _make(folder)
            descriptor = os.open(path, _NEW, 0o666)
        written.append(path)
        try:
            _write_all(descriptor, file.blocks())
            size = os.fstat(descriptor).st_size
            if size != file.size:
                raise Temporary(f"{file.place}: {size:,} bytes were written, and {file.size:,} were to be")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if self._destination.check == "read" and (found := self._hash(path)) != file.sha256:
            raise Temporary(f"{file.place}: what was read back is not what was written (SHA-256 {found})")
        return path, folder / file.name

    def _folder(self, directory: str) -> Path:
        """Return a folder under the root; raises Permanent where a link leads out of that."""
        if not directory:
            return self._root
        folder = self._root / directory
        if not Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(self._root)):
            raise Permanent(f"{folder}: a link there leads out of the destination's folder")
        return folder

    def _entries(self) -> Iterator[Entry]:
        with self._translated():
            for folder, _, names in os.walk(self._root, onerror=_must_be_gone):
                for name in names:
                    path = Path(folder, name)
                    with suppress(FileNotFoundError):
                        known = path.lstat()
                        if not stat.S_ISREG(known.st_mode):
                            continue
                        place = path.relative_to(self._root).as_posix()
                        yield Entry(
                            place=place, size=known.st_size, changed_at=datetime.fromtimestamp(known.st_mtime, UTC)
                        )

    def _hash(self, path: Path) -> str:
        with self._translated():
            try:
                with path.open("rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError as error:
                raise Permanent(f"{path}: {error.strerror}") from error

    def _remove(self, path: Path) -> None:
        with self._translated():
            path.unlink(missing_ok=True)

    def _probe(self) -> None:
        try:
            _make(self._root)
            if not os.access(self._root, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, "may not write there")
        except OSError as error:
            raise self._down(error) from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._meaning(error) from error

    def _meaning(self, error: OSError) -> DeliveryError:
        """Return what the system's refusal means: for all files, if the folder itself is no good, or for this one."""
        if error.errno in _FULL:
            return Temporary(f"{self._root}: {error.strerror}")
        if not os.access(self._root, os.W_OK | os.X_OK) or error.errno in _OUT_OF_ORDER:
            return self._down(error)
        meaning = Permanent if error.errno in _ABOUT_THE_PATH else Temporary
        return meaning(f"{error.filename or self._root}: {error.strerror or error}")

    def _down(self, error: OSError) -> TargetDown:
        return TargetDown(f"{self._root}: {error.strerror or error}", destination=self._destination.name)


def _must_be_gone(error: OSError) -> None:
    """Raise what kept a folder from being listed, unless it is no more: what cannot be read is not nothing."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _write_all(descriptor: int, content: Iterable[bytes | memoryview]) -> None:
    for block in content:
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def _make(folder: Path) -> None:
    """Make a folder and those above it, each on disk before anything lies in it."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        _make(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Put a folder's names on disk, where that is possible."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SYNCED:
            raise


def _sweep(folder: Path, draft: Draft) -> None:
    """Remove what earlier attempts at this delivery left in the folder."""
    with os.scandir(folder) as entries:
        left = [Path(entry.path) for entry in entries if draft.is_left_over(entry.name)]
    for path in left:
        path.unlink(missing_ok=True)
