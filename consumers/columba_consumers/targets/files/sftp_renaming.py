"""A file gets its final name on an SFTP server that puts nothing in another file's place."""

from contextlib import suppress
from typing import Final

import asyncssh

GONE: Final = (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost)
"""What is about the connection, and about no file."""


async def remove(client: asyncssh.SFTPClient, paths: list[str]) -> None:
    """Remove what is of no more use, as far as that can be done; nothing depends on it."""
    for path in paths:
        with suppress(asyncssh.SFTPError):
            await client.remove(path)


async def replace(client: asyncssh.SFTPClient, path: str, final: str, aside: str) -> None:
    """Give a file its final name where nothing is put in another's place: what has it waits at ``aside``."""
    try:
        await client.rename(path, final)
    except asyncssh.SFTPError as error:
        if isinstance(error, GONE) or not (await client.isfile(path) and await client.isfile(final)):
            raise
    else:
        return
    await client.rename(final, aside)
    try:
        await client.rename(path, final)
    except asyncssh.SFTPError as error:
        try:
            await client.rename(aside, final)
        except asyncssh.SFTPError:
            error.reason = f"{error.reason}; what was there is now {aside}"
        raise
    # It is there: what is left goes with the next attempt.
    with suppress(asyncssh.SFTPError):
        await client.remove(aside)
