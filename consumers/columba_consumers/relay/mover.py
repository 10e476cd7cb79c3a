"""What the relay asks of a way out of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from columba_shared.publishing import PublishError


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of some rows of the outbox; whatever is in neither number waits there for the next sweep.

    ``stopped`` says why nothing more is worth trying now.
    """

    events: int = 0
    set_aside: int = 0
    stopped: PublishError | None = None


class Mover(Protocol):
    """To the broker, or into the log; each knows how much it likes to move at once, and how often to look."""

    @property
    def batch(self) -> int:
        """How many rows to move at once."""

    @property
    def shortest_rest_seconds(self) -> float:
        """How long to rest while there is always something to do."""

    @property
    def longest_rest_seconds(self) -> float:
        """How long to rest when there has been nothing to do for a while."""

    def move(self, ids: Sequence[int]) -> Moved:
        """Move these rows, in bounded transactions; called in a thread. Raises what the database raises."""
