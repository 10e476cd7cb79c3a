"""Starting each server once in a test run, when first wanted and in the background."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from tests.services.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A set of servers that are on their way up."""

    services: Services
    pool: ThreadPoolExecutor
    _begun: dict[str, Future[None]] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def of(cls, services: Services) -> Iterator[Self]:
        """Give a launch whose threads end with the block."""
        with ThreadPoolExecutor() as pool:
            yield cls(services=services, pool=pool)

    def begin(self, *names: str) -> None:
        """Begin to start these servers, unless begun already."""
        for name in names:
            if name not in self._begun:
                self._begun[name] = self.pool.submit(getattr(self.services, name).start)

    def await_up(self, name: str) -> None:
        """Return once the server answers. Raises ServicesError when it cannot be started."""
        self.begin(name)
        self._begun[name].result()
