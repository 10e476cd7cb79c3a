"""What a part costs, measured in a process of its own, so that no part finds what another has left in memory."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar

import uvloop

from benchmarks.program import Loop

_LOADED: Final = ("benchmarks.bare.consume", "benchmarks.bare.rows", "benchmarks.bare.smtp", "benchmarks.mime")

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One part: processor time of the client, and how many mails a second it manages when nothing else is done."""

    part: str
    microseconds: float
    per_second: float


class Stopwatch:
    """Times a number of mails; user and system time of all threads."""

    def __init__(self, mails: int) -> None:
        """Expect that many."""
        self._mails = mails
        self._elapsed = 0.0
        self._cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time inside the block."""
        started, cpu_before = time.perf_counter(), time.process_time()
        yield
        self._elapsed += time.perf_counter() - started
        self._cpu += time.process_time() - cpu_before

    def cost(self, part: str) -> Cost:
        """Return what one mail took."""
        mails = self._mails
        return Cost(part=part, microseconds=self._cpu / mails * 1e6, per_second=mails / self._elapsed)


def apart(work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """Call the function in a fresh process, which has the parts' modules and nothing else, and return its result."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LOADED))
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(work, *given, **named).result()


def run(main: Coroutine[Any, Any, Result], loop: Loop) -> Result:
    """Run to the end on the loop named."""
    make = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=make) as runner:
        return runner.run(main)
