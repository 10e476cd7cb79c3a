"""The files that are brought."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

CONNECTIONS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """So many files of one size."""

    files: int
    octets: int

    def content(self, number: int) -> bytes:
        """Return what is in a file: no two are the same."""
        return f"{number:08}".encode() * (self.octets // 8)

    def name(self, number: int) -> str:
        """Return what a file is called."""
        return f"{number:08}.xml"

    def all(self) -> tuple[tuple[str, bytes], ...]:
        """Return all names and contents. They are made once, in the round that warms up."""
        return _made(self)

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.files:,} files of {self.octets:,} bytes"


@lru_cache(maxsize=1)
def _made(work: Workload) -> tuple[tuple[str, bytes], ...]:
    return tuple((work.name(number), work.content(number)) for number in range(work.files))
