"""The meter: counts what a template uses while it works, and stops it when that is too much.

A template runs from its start to its end in one thread, so each thread has one meter, and whatever the template does
(a loop's round, a call, a filter, an operator) finds it there.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from columba_consumers.rendering.settings import TemplateLimits

Item = TypeVar("Item")

_STEPS_BETWEEN_LOOKS = 256


class TooMuchText(Exception):
    """The text budget is spent."""


class TooMuchWork(Exception):
    """The steps or the processor time are spent."""


class Meter(threading.local):
    """The budgets of the render that is going on in this thread."""

    def __init__(self, limits: TemplateLimits, *, cpu_clock: Callable[[], float] = time.thread_time) -> None:
        # threading.local calls this once in every thread that touches the meter.
        self._limits = limits
        self._cpu_clock = cpu_clock
        self._cpu_seconds = limits.cpu.total_seconds()
        self.start()

    def start(self) -> None:
        """Give full budgets to the render that begins now."""
        self._text = self._limits.text
        self._steps = self._limits.steps
        self._until_look = _STEPS_BETWEEN_LOOKS
        self._started: float | None = None

    def step(self) -> None:
        """Count one step; raises TooMuchWork."""
        self._until_look -= 1
        if self._until_look <= 0:
            self._look()

    def charge(self, characters: int) -> None:
        """Count text that was made; raises TooMuchText."""
        self._text -= characters
        if self._text < 0:
            raise TooMuchText(f"more than {self._limits.text} characters made on the way")

    def allow(self, characters: int) -> None:
        """Hear how much one operation could make at most; raises TooMuchText when that exceeds what is left."""
        if characters > self._text:
            raise TooMuchText(f"one expression could make {characters} characters, of {self._limits.text} allowed")

    def count(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items, each as one step."""
        step = self.step
        for item in items:
            step()
            yield item

    def _look(self) -> None:
        # The clock is read first here, not at the start: most templates end before the first look.
        self._steps -= _STEPS_BETWEEN_LOOKS
        self._until_look = _STEPS_BETWEEN_LOOKS
        if self._steps < 0:
            raise TooMuchWork(f"more than {self._limits.steps} steps")
        now = self._cpu_clock()
        if self._started is None:
            self._started = now
        elif now - self._started > self._cpu_seconds:
            raise TooMuchWork(f"more than {self._cpu_seconds:g} s of processor time")
