"""What lies in a folder of an SFTP server, and in those below it."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import asyncssh

from columba_consumers.errors import Permanent
from columba_consumers.targets.files.receiver import Entry

_MISSING: Final = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)


async def entries(client: asyncssh.SFTPClient, root: str) -> AsyncIterator[Entry]:
    """Yield every file below a folder; one that is missing has none, and what goes meanwhile was not there.

    ``root`` is empty, or has a slash behind it. Raises SFTPError, and Permanent for what the server does not tell.
    """
    waiting = [""]
    while waiting:
        directory = waiting.pop()
        with suppress(*_MISSING):
            async for each in client.scandir(f"{root}{directory}" or "."):
                name = str(each.filename)
                place = f"{directory}{name}"
                attributes = await _whole(client, f"{root}{place}", each.attrs)
                if attributes is None or name in {".", ".."}:
                    continue
                if attributes.type == asyncssh.FILEXFER_TYPE_DIRECTORY:
                    waiting.append(f"{place}/")
                elif attributes.type == asyncssh.FILEXFER_TYPE_REGULAR:
                    yield _entry(place, attributes)
                elif attributes.type == asyncssh.FILEXFER_TYPE_UNKNOWN:
                    raise Permanent(f"{place}: the server does not tell what it is, a file or a folder")


async def _whole(client: asyncssh.SFTPClient, path: str, told: asyncssh.SFTPAttrs) -> asyncssh.SFTPAttrs | None:
    """Return what a listing tells of a path, asked for where it leaves something out; None: it is gone."""
    match told.type:
        case asyncssh.FILEXFER_TYPE_UNKNOWN:
            is_whole = False
        case asyncssh.FILEXFER_TYPE_REGULAR:
            is_whole = None not in (told.mtime, told.size)
        case _:
            is_whole = True
    if is_whole:
        return told
    try:
        return await client.lstat(path)
    except _MISSING:
        return None


def _entry(place: str, told: asyncssh.SFTPAttrs) -> Entry:
    if told.mtime is None or told.size is None:
        raise Permanent(f"{place}: the server does not tell when it was changed, or its size")
    return Entry(place=place, size=told.size, changed_at=datetime.fromtimestamp(told.mtime, UTC))
