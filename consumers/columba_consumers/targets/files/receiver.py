"""The seam between the files target and a kind of destination: what each of them can do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.packing import Packed


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file at a destination; ``place`` is its path under the destination's folder."""

    place: str
    size: int
    changed_at: datetime

    @property
    def name(self) -> str:
        """Its name without the folders."""
        return self.place.rpartition("/")[2]


class Receiver(Protocol):
    """One destination, ready to take files. All of its methods raise DeliveryError, and nothing else on purpose."""

    async def put(self, packed: Packed, draft: Draft) -> str:
        """Bring the files: each appears whole, under its own name, or not at all. Return how that was verified."""

    async def entries(self) -> list[Entry]:
        """Return every file under the folder, also those that are not whole; a folder that is missing has none."""

    async def sha256(self, place: str) -> str:
        """Return the hash of a file's content."""

    async def remove(self, place: str) -> None:
        """Remove a file; one that is gone is removed already."""

    async def probe(self) -> None:
        """Find out whether it takes files; raises TargetDown while it does not."""

    async def close(self) -> None:
        """Let go of every connection."""
