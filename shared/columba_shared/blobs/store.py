"""What is asked of a place that keeps blobs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from columba_shared.blobs.measured import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Whose content it is: an event's, on these targets, as of this moment."""

    event_id: UUID
    targets: tuple[str, ...]
    at: datetime


class BlobStore(Protocol):
    """Keeps each content once; may be shared by threads and forked processes."""

    def put(self, content: Measured, use: Use) -> str:
        """Return as what it is kept, once that is durable; raises BlobsAway."""

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing, and BlobsAway when nobody knows."""

    def close(self) -> None:
        """Let go of connections."""
