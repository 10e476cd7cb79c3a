"""Some of a list's deliveries, made when they are written: until then, those of many lists may wait for that."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import overload

from columba_shared.event import Recipient
from columba_shared.log.entries import DeliveryEntry


@dataclass(slots=True, kw_only=True, eq=False)
class Portion(Sequence[DeliveryEntry]):
    """A delivery for each of these recipients, no two of whom have one address."""

    recipients: Sequence[Recipient]
    make: Callable[[Iterable[Recipient]], Iterable[DeliveryEntry]]
    _made: list[DeliveryEntry] = field(default_factory=list)

    def __len__(self) -> int:
        """Return how many they are, and make none."""
        return len(self.recipients)

    @overload
    def __getitem__(self, place: int) -> DeliveryEntry: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[DeliveryEntry]: ...
    def __getitem__(self, place: int | slice) -> DeliveryEntry | Sequence[DeliveryEntry]:
        """Return one or some of them, and make them all."""
        if not self._made:
            self._made = list(self.make(self.recipients))
        return self._made[place]
