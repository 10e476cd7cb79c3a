"""A cap: at most so many of a kind, to one address, in a span of time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from columba_shared.log.kinds import fits

EVERY_KIND: Final = "*"
_WORDS: Final = {
    timedelta(minutes=1): "m",
    timedelta(hours=1): "h",
    timedelta(days=1): "d",
    timedelta(weeks=1): "w",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """``pattern`` is a kind, a prefix such as ``news.*``, or ``*``: all that fits it counts together."""

    pattern: str
    number: int
    period: timedelta

    def counts(self, kind: str) -> bool:
        """Say whether a kind counts."""
        return self.pattern == EVERY_KIND or fits(self.pattern, kind)

    def __str__(self) -> str:
        """Write it as it is set."""
        return f"{self.pattern}={self.number}/{_WORDS.get(self.period, self.period)}"
