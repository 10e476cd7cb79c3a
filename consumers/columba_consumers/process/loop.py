"""Running a process's event loop: uvloop where there is one, since a mail takes about a tenth less CPU on it."""

import asyncio
import importlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's loop, or the standard library's where uvloop does not run."""
    try:
        make: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        make = asyncio.new_event_loop
    return make()


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a process to its end, and return what it came to."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
