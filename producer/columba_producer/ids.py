"""The ids of many events, sixteen bytes each: a million of them take 16 MB and not a hundred."""

from collections.abc import Sequence
from typing import Final, overload
from uuid import UUID

_SIZE: Final = 16


class EventIds(Sequence[UUID]):
    """A sequence of ids that grows at its end while events are made."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def append(self, event_id: UUID) -> None:
        """Add one at the end."""
        self._bytes += event_id.bytes

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._bytes) // _SIZE

    @overload
    def __getitem__(self, index: int) -> UUID: ...
    @overload
    def __getitem__(self, index: slice) -> list[UUID]: ...
    def __getitem__(self, index: int | slice) -> UUID | list[UUID]:
        """Return one, or a list of some."""
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        place = range(len(self))[index] * _SIZE
        return UUID(bytes=bytes(self._bytes[place : place + _SIZE]))

    def __repr__(self) -> str:
        """Say how many."""
        return f"EventIds({len(self)} ids)"
