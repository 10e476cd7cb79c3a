"""What lists consist of: rows of cells, and filters beside them. Templates escape all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

FIRST: Final = "after"
"""The query's name for the place in the list; every filter begins with the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value; ``link`` is where it leads, ``sort`` how it looks."""

    text: str
    link: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line; ``key`` is what a checkbox of it stands for, empty where nothing can be decided."""

    cells: Sequence[Cell]
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to narrow a list down."""

    text: str
    query: str
    selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """All choices of one filter."""

    title: str
    choices: Sequence[Choice]


def time(when: datetime | None) -> Cell:
    """Return a moment's cell."""
    return Cell(text=moment(when), sort="moment")


def text(value: object) -> Cell:
    """Return a plain cell; empty for None."""
    return Cell(text="" if value is None else str(value))


def moment(when: datetime | None) -> str:
    """Return a moment in UTC to the second, as the commands and the reasons write it; nothing for None."""
    return "" if when is None else when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def searched(words: str) -> str:
    """Return the query of a list that is searched for these words."""
    return f"?{urlencode({'q': words})}"
