"""Telling the container's health check that this process does its work.

A process renews COLUMBA_ALIVE_FILE while it is healthy; `python -m columba_consumers.process.alive` asks how old it is.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from columba_shared.errors import ColumbaError, InvalidSetting
from columba_shared.settings import Settings

EVERY_SECONDS: Final = 5.0
STALE_SECONDS: Final = 30.0


@asynccontextmanager
async def shown_alive(
    file: Path | None, healthy: Callable[[], bool], *, every_seconds: float = EVERY_SECONDS
) -> AsyncIterator[None]:
    """Renew the file while the context lasts and ``healthy`` says so, and remove it at the end; None: show nothing.

    The event loop renews it, so that one that is stuck shows as well. Raises InvalidSetting if it cannot be written.
    """
    if file is None:
        yield
        return
    try:
        await asyncio.to_thread(file.touch)
    except OSError as error:
        raise InvalidSetting("COLUMBA_ALIVE_FILE", f"{file} cannot be written: {error.strerror}") from error
    renewing = asyncio.create_task(_renew(file, healthy, every_seconds))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.wait((renewing,))
        await asyncio.to_thread(file.unlink, missing_ok=True)


async def _renew(file: Path, healthy: Callable[[], bool], every_seconds: float) -> None:
    while True:
        await asyncio.sleep(every_seconds)
        if healthy():
            with suppress(OSError):  # a file that cannot be renewed grows stale, which tells enough
                await asyncio.to_thread(file.touch)


def is_alive(file: Path, *, now: Callable[[], float] = time.time) -> bool:
    """Say whether the file was renewed lately."""
    try:
        return now() - file.stat().st_mtime < STALE_SECONDS
    except FileNotFoundError:
        return False


def main() -> int:
    """Return the health check's exit status: 0 healthy, 1 not."""
    try:
        file = Settings.from_env().alive_file
    except ColumbaError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if file is None:
        sys.stderr.write("COLUMBA_ALIVE_FILE is not set: no process shows whether it is alive\n")
        return 1
    return 0 if is_alive(file) else 1


if __name__ == "__main__":
    sys.exit(main())
