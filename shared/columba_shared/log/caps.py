"""A cap: at most so many of a kind, to one address or to a sink, in a span of time."""

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
    """``pattern`` is a kind, a prefix such as ``news.*``, or ``*``: all that fits it counts together.

    It is about one address; a ``sink``'s is about all of them, since all are one there.
    """

    pattern: str
    number: int
    period: timedelta
    sink: bool = False

    def counts(self, kind: str) -> bool:
        """Say whether a kind counts."""
        return self.pattern == EVERY_KIND or fits(self.pattern, kind)

    def __str__(self) -> str:
        """Write it as it is set."""
        return f"{self.pattern}={self.rate}"

    @property
    def rate(self) -> str:
        """How many in which time."""
        return f"{self.number}/{_WORDS.get(self.period, self.period)}"
