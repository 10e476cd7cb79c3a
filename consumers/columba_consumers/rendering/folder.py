"""The templates' folder as it is at one moment: names, contents, and whether it has changed since."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_FILE_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 8

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file: its content, and the stamp that changes when it does."""

    stamp: Stamp
    content: bytes


Files = Mapping[str, File]


def read(folder: Path, *, known: Files) -> Files:
    """Return every file below ``folder`` by its name with slashes; returns ``known`` itself when nothing changed.

    Links are followed (a mounted configuration consists of them), names that begin with a dot and files above
    1 MiB are passed over. A folder that is gone counts as unchanged when something is known of it, so that a
    deployment which replaces it harms nobody; otherwise as empty. Raises OSError.
    """
    try:
        stamps = dict(_stamps(folder, "", 0))
    except FileNotFoundError:
        return known
    if stamps == {name: file.stamp for name, file in known.items()}:
        return known
    return {name: _file(folder / name, stamp, known.get(name)) for name, stamp in stamps.items()}


def _stamps(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, Stamp]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if depth < MAX_DEPTH:
                    yield from _stamps(folder / entry.name, f"{prefix}{entry.name}/", depth + 1)
            elif entry.is_file():
                stat = entry.stat()
                if stat.st_size <= MAX_FILE_BYTES:
                    yield prefix + entry.name, (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _file(path: Path, stamp: Stamp, known: File | None) -> File:
    if known is not None and known.stamp == stamp:
        return known
    return File(stamp=stamp, content=path.read_bytes())
