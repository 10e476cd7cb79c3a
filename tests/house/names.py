"""File names that say nothing."""

from collections.abc import Iterable
from pathlib import Path

EMPTY_NAMES = frozenset({"utils", "util", "common", "helpers", "helper", "base", "manager", "managers", "misc"})


_OLD = "compat"
"""Where packages have the names by which other systems were imported."""


def empty_names(paths: Iterable[Path]) -> list[str]:
    """Return the Python files that are, or lie in, something with an empty name."""
    return [
        path.as_posix()
        for path in paths
        if path.parts[0] != _OLD and EMPTY_NAMES & {part.lstrip("_") for part in path.with_suffix("").parts}
    ]
