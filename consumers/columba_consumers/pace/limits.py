"""The limits that somebody set for a target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from columba_shared.log.flow import Ramp

OTHERS: Final = "*"
"""What stands for every destination that is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Deliveries a second, each None where there is no limit.

    ``together`` is for all processes, ``alone`` for each; an account has a name, and its limit is shared by whatever
    delivers through it.
    """

    together: float | None = None
    alone: float | None = None
    account: str | None = None
    by_account: float | None = None
    warm_up: Ramp | None = None
    """How an account begins that nobody knows yet."""
    by_destination: Mapping[str, float] = field(default_factory=dict)

    def of(self, destination: str) -> float | None:
        """Return the limit of one destination."""
        found = self.by_destination.get(destination)
        return self.by_destination.get(OTHERS) if found is None else found
