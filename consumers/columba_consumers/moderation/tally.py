"""What came of a decision about many deliveries, counted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from columba_shared.log.moderated import Done, Left, Why
from columba_shared.publishing import PublishError

MOST_LEFT: Final = 1000
"""So many of those that were left alone are named; all are counted."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many deliveries were changed, and how many left alone for which reason.

    ``problem`` says why the broker could not have every copy: those follow as soon as the reconciler finds them.
    """

    done: int = 0
    left: Counter[Why] = field(default_factory=Counter)
    named: list[Left] = field(default_factory=list)
    published: int = 0
    problem: PublishError | None = None

    def add(self, done: Done) -> None:
        """Count a chunk."""
        self.done += len(done.done)
        self.left.update(each.why for each in done.left)
        self.named.extend(done.left[: max(0, MOST_LEFT - len(self.named))])

    @property
    def complete(self) -> bool:
        """Whether everything that was meant is now as it was meant to be."""
        return not self.left.keys() - {Why.ALREADY}
