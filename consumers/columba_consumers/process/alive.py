"""Telling the container's health check that this process does its work.

A running process renews a file while it is healthy; `python -m columba_consumers.process.alive` asks how old it is.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

EVERY_SECONDS: Final = 5.0
STALE_SECONDS: Final = 30.0


async def keep_alive(file: Path, healthy: Callable[[], bool]) -> None:
    """Renew the file for as long as ``healthy`` says so; run until cancelled."""
    while True:
        if healthy():
            await asyncio.to_thread(file.touch)
        await asyncio.sleep(EVERY_SECONDS)


def is_alive(file: Path, *, now: Callable[[], float] = time.time) -> bool:
    """Say whether the file was renewed lately."""
    try:
        return now() - file.stat().st_mtime < STALE_SECONDS
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_alive(Path(os.environ.get("COLUMBA_ALIVE_FILE", "/tmp/columba-alive"))) else 1)  # noqa: S108 - private to its container
