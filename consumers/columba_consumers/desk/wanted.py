"""What somebody wants to see of a list, as it was typed or clicked."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from columba_shared.event import KIND_PATTERN
from columba_shared.state import State

from columba_consumers.desk.errors import Unfitting

_LONGEST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters, each empty when nothing is asked for; lists take those that they have a column for.

    ``kind`` may end in ``.*``; ``search`` is an address, a user, a key, the beginning of an id, or a kind
    of several words, which has to fit the other as well.
    """

    state: str = ""
    target: str = ""
    kind: str = ""
    event: str = ""
    search: str = ""
    since: datetime | None = None
    after: str | None = None
    """The place in the list behind which the page begins."""

    def __post_init__(self) -> None:
        """Refuse what nothing could be like; raises Unfitting."""
        if self.state and self.state not in frozenset(State):
            raise Unfitting(f"{self.state!r:.60} is no state")
        if self.kind and not is_kind(self.kind):
            raise Unfitting(
                f"{self.kind!r:.60} is no kind: write one such as invoice.ready, or invoice.* for all below"
            )
        for name in ("target", "search", "kind"):
            given = getattr(self, name)
            # PostgreSQL takes neither zero bytes nor half of a pair of surrogates.
            if len(given) > _LONGEST or "\0" in given or not given.isprintable():
                raise Unfitting(f"{given!r:.60} is not up to {_LONGEST} visible characters")

    @property
    def states(self) -> frozenset[State]:
        """The states that are meant."""
        return frozenset((State(self.state),) if self.state else State)

    @property
    def event_id(self) -> UUID | None:
        """The event that is meant; None: any. Raises Unfitting."""
        return identity(self.event) if self.event else None


def is_kind(text: str) -> bool:
    """Say whether it is a kind such as invoice.ready, or invoice.* for all below."""
    return re.match(KIND_PATTERN, text.removesuffix(".*")) is not None


def names_kind(search: str) -> bool:
    """Say whether whoever searches for it may mean a kind: one word may be anybody's name, and is for the filter alone.

    No index has kinds, so that looking for one which there is not goes through everything.
    """
    return "." in search and is_kind(search)


def identity(text: str) -> UUID:
    """Return a whole id; raises Unfitting."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Unfitting(f"{text!r:.60} is no id") from error
