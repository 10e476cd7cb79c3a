"""A page of a list, and where the next goes on: by key, so that the last is as quick as the first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from columba_consumers.desk.errors import Unfitting

Row = TypeVar("Row")
Place = TypeVar("Place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """Some rows; ``after`` is what asks for those behind them, None at the end."""

    rows: Sequence[Row]
    after: str | None = None


def page(found: Sequence[Row], size: int, place: Callable[[Row], object]) -> Page[Row]:
    """Return the page of what was found, which is one more where there are more."""
    rows = found[:size]
    more = len(found) > size
    return Page(rows=rows, after=msgspec.json.encode(place(rows[-1])).decode() if more else None)


def placed(after: str | None, of: type[Place]) -> Place | None:
    """Return the place that a page before this one named; raises Unfitting."""
    if not after:
        return None
    try:
        return msgspec.json.decode(after, type=of)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Unfitting("that is no place in this list: begin with its first page") from error
