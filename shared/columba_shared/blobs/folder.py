"""The blob store in a folder that all producers and consumers share: `file:///srv/columba/blobs`."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from columba_shared.blobs.errors import BlobMissing, BlobsAway
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import Use
from columba_shared.blobs.weeks import name_of
from columba_shared.enclosure import BLOB_PATTERN

_NAME: Final = re.compile(BLOB_PATTERN)


class FolderBlobs:
    """Keeps each blob in a file, there whole or not at all. The folder itself is made by people, or mounted."""

    def __init__(self, folder: Path) -> None:
        """Keep what comes in this folder."""
        self._folder = folder

    def put(self, content: Measured, use: Use) -> str:
        """Return its name once the file is on disk; raises BlobsAway."""
        name = name_of(content, use)
        path = self._folder / name
        with self._translated():
            if not path.is_file():
                self._require()
                self._write(content, path)
        return name

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing, and BlobsAway when nobody knows."""
        with self._translated():
            self._require()
            try:
                return (self._folder / blob).read_bytes()
            except FileNotFoundError as error:
                raise BlobMissing(f"the folder {self._folder} has no {blob[:23]}…") from error

    def has(self, blob: str) -> bool:
        """Say whether the file is there; raises BlobsAway."""
        with self._translated():
            self._require()
            return (self._folder / blob).is_file()

    def weeks(self) -> list[str]:
        """Return the folders in it; raises BlobsAway."""
        with self._translated():
            self._require()
            return sorted(each.name for each in self._folder.iterdir() if each.is_dir())

    def blobs_of(self, week: str) -> Iterator[str]:
        """Yield the names of all files of a week; raises BlobsAway."""
        with self._translated():
            for file in (self._folder / week).iterdir():
                if _NAME.fullmatch(name := f"{week}/{file.name}"):
                    yield name

    def remove(self, blobs: list[str]) -> None:
        """Delete these files, as far as they are there; raises BlobsAway."""
        with self._translated():
            for each in blobs:
                (self._folder / each).unlink(missing_ok=True)

    def leave(self, week: str) -> None:
        """Delete what was never finished, and the week's folder if nothing is left in it; raises BlobsAway."""
        with self._translated():
            for file in (self._folder / week).glob(".*.part"):
                file.unlink(missing_ok=True)
            with suppress(OSError):  # something is left
                (self._folder / week).rmdir()

    def close(self) -> None:
        """Hold nothing open."""

    def __str__(self) -> str:
        """Return the folder."""
        return str(self._folder)

    def _require(self) -> None:
        if not self._folder.is_dir():
            raise BlobsAway(f"the folder {self._folder} of COLUMBA_BLOBS is not there: make it, or mount it")

    def _write(self, content: Measured, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(f".{uuid4().hex}.part")
        try:
            with part.open("xb") as file:
                for piece in content.pieces():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        _keep_names(path.parent)
        _keep_names(self._folder)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BlobsAway(f"the blob store in {self._folder}: {error.strerror or error}") from error


def folder_of(url: str) -> Path:
    """Return the folder that a URL names; raises ValueError, which says what it must be."""
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or "\0" in str(path) or not path.is_absolute():
        raise ValueError("must be a folder such as file:///srv/columba/blobs, or a bucket such as s3://blobs/columba")
    return path


def _keep_names(folder: Path) -> None:
    """Let what was named in a folder be on disk; where folders cannot be opened, the system sees to that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
