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
    """To the broker, or into the log."""

    def move(self, ids: Sequence[int]) -> Moved:
        """Move these rows, in bounded transactions; called in a thread. Raises what the database raises."""
