"""Threads of one destination, so that a slow one holds up no other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Crew:
    """As many threads as the destination may have connections; they start when there is work."""

    def __init__(self, size: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=size, thread_name_prefix="columba-files")

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work in a thread and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Take no more work; what is being done ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
