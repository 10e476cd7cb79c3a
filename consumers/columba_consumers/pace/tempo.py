"""How many deliveries began lately, by destination: where no rate was ever set, half of it is half of this."""

import time
from collections import Counter
from collections.abc import Callable


class Tempo:
    """Counts by the second, and remembers the second before."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._second = 0
        self._counts: Counter[str] = Counter()
        self._before: Counter[str] = Counter()

    def count(self, destination: str) -> None:
        """Count a delivery that begins."""
        self._turn_over()
        self._counts[destination] += 1

    def observed(self, destination: str) -> float:
        """Return how many began in the busier of this second and the last."""
        self._turn_over()
        return float(max(self._counts[destination], self._before[destination]))

    def observed_in_all(self) -> float:
        """Return the same for all destinations together."""
        self._turn_over()
        return float(max(self._counts.total(), self._before.total()))

    def _turn_over(self) -> None:
        second = int(self._monotonic())
        if second != self._second:
            self._before = self._counts if second == self._second + 1 else Counter()
            self._counts, self._second = Counter(), second
