"""What an outbox takes, and how it answers; nothing of a database is loaded here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from columba_producer.way import Dispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event as the outbox keeps it."""

    event_id: UUID
    body: bytes


class Spool(Protocol):
    """An outbox written to in transactions of its own."""

    def write(self, rows: Iterable[Row]) -> Dispatch:
        """Write the rows in order; what fails is reported, and only the iterable's own errors are raised."""

    def close(self) -> None:
        """Let go of connections."""
