"""A file that goes with an event on its way: its content, where that is small, or else where it is kept."""

from typing import Annotated

from msgspec import Meta, Struct

MAX_ENCLOSURES = 50
MAX_FILE_NAME = 255
CID_PATTERN = r"^[A-Za-z0-9_+.-]{1,128}(@[A-Za-z0-9.-]{1,128})?$(?!\n)"
BLOB_PATTERN = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}/)?[0-9a-f]{64}$(?!\n)"
"""The SHA-256 of the content; before it, in a folder or a bucket, the week in which it was put there."""
_DIGITS = 64


class Enclosure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file of an event's: with its ``content``, or with the ``blob`` as which a blob store keeps it.

    ``media_type`` and ``cid`` are as an Attachment has them.
    """

    name: Annotated[str, Meta(min_length=1, max_length=MAX_FILE_NAME)]
    media_type: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    cid: Annotated[str, Meta(pattern=CID_PATTERN)] | None = None
    size: Annotated[int, Meta(ge=0)]
    content: bytes | None = None
    blob: Annotated[str, Meta(pattern=BLOB_PATTERN)] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it says where its content is, in one way, and how much of it there is."""
        if self.content is None:
            return self.blob is not None
        return self.blob is None and len(self.content) == self.size


def sha256_of(blob: str) -> str:
    """Return the SHA-256, in hexadecimal digits, of what is kept as this."""
    return blob[-_DIGITS:]
