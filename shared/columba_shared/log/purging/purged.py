"""How much of what has gone, or would go."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """Rows of each kind; what is held by a selection, a brake or a delivery goes with it and is not counted."""

    deliveries: int = 0
    attempts: int = 0
    events: int = 0
    malformed: int = 0
    outbox: int = 0
    processes: int = 0
    acts: int = 0
    orders: int = 0
    selections: int = 0
    keys: int = 0
    brakes: int = 0
    destinations: int = 0
    volumes: int = 0
    blobs: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        """Return both together."""
        names = [field.name for field in fields(self)]
        return Purged(**{name: getattr(self, name) + getattr(other, name) for name in names})
