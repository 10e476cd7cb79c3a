"""How much a purge deletes at once, and how long it rests: as much as this database bears now."""

from dataclasses import dataclass
from typing import Final

LEAST: Final = 500
"""With fewer, what every transaction costs by itself would be most of it."""
MOST: Final = 5_000
AIM_SECONDS: Final = 0.1
"""A transaction of this length is what another's commit may have to wait for, where writers stand in a line."""


@dataclass(slots=True, kw_only=True)
class Stride:
    """Begins small, and finds by itself how many rows a transaction may take on a database that others use, too."""

    rows: int = LEAST

    def rest(self, seconds: float) -> float:
        """Take in how long the last transaction took; return how many seconds to rest, so that others have as many."""
        fitting = int(self.rows * AIM_SECONDS / max(seconds, AIM_SECONDS / 4))
        self.rows = max(LEAST, min(MOST, (self.rows + fitting) // 2))
        return seconds
