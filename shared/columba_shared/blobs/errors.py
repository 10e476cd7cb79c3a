"""What can go wrong with a blob store.

ColumbaError
├── BlobsAway       the store does not answer, or says no: nothing is known to be kept
└── BlobMissing     the store answers, and has no such content
"""

from columba_shared.errors import ColumbaError


class BlobsAway(ColumbaError):
    """The blob store did not do what it was asked; the text names it and its own words."""


class BlobMissing(ColumbaError):
    """The blob store has no such content: it was purged, or never came to be there."""
