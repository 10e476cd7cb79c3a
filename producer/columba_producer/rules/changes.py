"""What changed: names with their old and new values, and how two changes of a thing become one."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, Literal, NamedTuple, Self


class Unknown(Enum):
    """The one value that stands for a value that nobody knows."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        """Return the name under which apps import it."""
        return self.name


UNKNOWN: Final[Literal[Unknown.UNKNOWN]] = Unknown.UNKNOWN
"""The old value of what had never been loaded: asking for it would cost a query."""


class Change(NamedTuple):
    """One attribute's value before and after; of a relationship with many things a tuple of them."""

    old: Any
    new: Any

    @property
    def is_none(self) -> bool:
        """Whether it ended where it had begun."""
        if self.old is UNKNOWN:
            return False
        if self.old is self.new:
            return True
        try:
            return bool(self.old == self.new)
        except Exception:  # noqa: BLE001 - values of the app's own types that cannot be compared count as different
            return False


class Changes(Mapping[str, Change]):
    """What changed since the thing was loaded or last committed, by the attributes' names; never changes itself."""

    __slots__ = ("_found",)

    def __init__(self, found: Mapping[str, Change] | None = None) -> None:
        self._found = {name: change for name, change in (found or {}).items() if not change.is_none}

    def then(self, later: Self) -> Self:
        """Return both as one: the first old and the last new value of each; what ended as it began is left out."""
        if not later:
            return self
        merged = self._found | {
            name: Change(self._found[name].old, change.new) if name in self._found else change
            for name, change in later.items()
        }
        return type(self)(merged)

    def __getitem__(self, name: str) -> Change:
        """Return one; raises KeyError for what has not changed."""
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._found)

    def __len__(self) -> int:
        """Return how many attributes changed."""
        return len(self._found)

    def __repr__(self) -> str:
        """Tell the names alone: values may be anybody's secrets."""
        return f"Changes({', '.join(self._found)})"
