"""What an import came to, table by table."""

from collections import Counter
from dataclasses import dataclass, field

from columba_consumers.importing.item import Bad


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many items of a table are new, and how many the log had; which rows are left, by why, and which are bad."""

    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    left: Counter[tuple[str, str]] = field(default_factory=Counter)
    bad: list[Bad] = field(default_factory=list)

    @property
    def tables(self) -> list[str]:
        """The tables in which there was anything, in the order in which they were read."""
        named = (*self.new, *self.known, *(table for table, _ in self.left), *(each.place.table for each in self.bad))
        return list(dict.fromkeys(named))

    def add(self, other: "Tally") -> None:
        """Count what another has counted as well."""
        self.new += other.new
        self.known += other.known
        self.left += other.left
        self.bad += other.bad
