"""Attachments that are too large to travel, in the memory of a test."""

from columba_shared.blobs.errors import BlobMissing
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import Use


class MemoryBlobs:
    """Keeps each content once."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def put(self, content: Measured, use: Use) -> str:  # noqa: ARG002 - whose it is: a test's
        """Return as what it is kept."""
        self._contents[content.sha256] = content.whole()
        return content.sha256

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing."""
        try:
            return self._contents[blob]
        except KeyError as error:
            raise BlobMissing(f"no attachment of this test is kept as {blob}") from error

    def close(self) -> None:
        """Keep everything: there is nothing to let go of."""
