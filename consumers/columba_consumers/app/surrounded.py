"""Calling the app's code as its frameworks want it: what they do before and after each call is done here."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Self, TypeVar

from columba_shared.surroundings import GROUP, Surroundings

from columba_consumers.app.errors import AppError

if TYPE_CHECKING:
    import asyncio

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Surrounded:
    """All that is to be done; most apps have no framework, and nothing is."""

    all: tuple[Surroundings, ...] = ()
    _begun: "set[asyncio.Future[None]]" = field(default_factory=set, init=False, repr=False, compare=False)

    @classmethod
    def installed(cls) -> Self:
        """Prepare the frameworks of this process; raises AppError when one cannot be."""
        found = []
        for entry in entry_points(group=GROUP):
            try:
                each = entry.load()()
            except Exception as error:  # a project's settings, and all of its apps, are loaded here
                problem = " ".join(f"{type(error).__name__}: {error}".split())
                raise AppError(f"its framework, {entry.name}, does not start: {problem}") from error
            if each is not None:
                found.append(each)
        return cls(tuple(found))

    def call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call a function of the app's in this thread."""
        self.tidy()
        try:
            return function(*arguments)
        finally:
            self.tidy()

    async def wait_for(self, coming: Awaitable[Any]) -> Any:  # noqa: ANN401 - whatever the app returns
        """Await what a function of the app's returned.

        What is to be done afterwards is begun and not waited for: it may stand behind a query of the app's that hangs,
        and no deadline is left by then. What is to be done before the next call comes after it.
        """
        try:
            for each in self.all:
                await each.awaited()
        except BaseException:
            if inspect.iscoroutine(coming):
                coming.close()
            raise
        try:
            return await coming
        finally:
            for each in self.all:
                self._begin(each.awaited())

    def _begin(self, work: Awaitable[None]) -> None:
        import asyncio  # noqa: PLC0415 - `columba --help` loads this module, and no event loop

        task = asyncio.ensure_future(work)
        self._begun.add(task)  # the event loop itself does not keep it
        task.add_done_callback(self._begun.discard)

    def tidy(self) -> None:
        """Do what is to be done before a call, and after it."""
        for each in self.all:
            each.around()

    def leave(self) -> None:
        """Do what is to be done in a thread that the app is not called in any more."""
        for each in self.all:
            each.leaving()
