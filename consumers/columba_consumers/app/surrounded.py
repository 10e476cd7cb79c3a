"""Calling the app's code as its frameworks want it: what they do before and after each call is done here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Self, TypeVar

from columba_shared.surroundings import GROUP, Surroundings

from columba_consumers.app.errors import AppError

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Surrounded:
    """All that is to be done; most apps have no framework, and nothing is."""

    all: tuple[Surroundings, ...] = ()

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
        """Await what a function of the app's returned."""
        for each in self.all:
            await each.awaited()
        try:
            return await coming
        finally:
            for each in self.all:
                await each.awaited()

    def tidy(self) -> None:
        """Do what is to be done before a call, and after it."""
        for each in self.all:
            each.around()

    def leave(self) -> None:
        """Do what is to be done in a thread that the app is not called in any more."""
        for each in self.all:
            each.leaving()
