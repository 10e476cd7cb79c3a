"""A file that goes with an email: for its reader to open, or as an image inside its HTML."""

import re
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO, Final

from msgspec import Struct

if TYPE_CHECKING:
    Content = bytes | PathLike[str] | BinaryIO
else:
    Content = bytes  # all that a message which was kept can be read back with: whatever is kept was read before

_WORD: Final = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_PARAMETER: Final = rf' *; *{_WORD}=(?:{_WORD}|"[ !#-\[\]-~]{{0,127}}")'
MEDIA_TYPE: Final = re.compile(rf"({_WORD}/{_WORD})((?:{_PARAMETER})*)")
"""What one is made of, and behind it its parameters."""


class Attachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``content`` is bytes, a path, or a file open for reading: these two are read once.

    That is as the mail is sent or, where an app gives it with an event, as that is published.

    ``media_type`` is such as ``application/pdf``; None takes what the name's ending says. With a ``cid`` it is part of
    the HTML, which shows it by ``<img src="cid:…">``, and not listed among the files.
    """

    name: str
    content: Content
    media_type: str | None = None
    cid: str | None = None

    def __post_init__(self) -> None:
        """Refuse text, of which nobody knows whether it is a path or the content."""
        if not isinstance(self.content, bytes | PathLike) and not hasattr(self.content, "read"):
            raise TypeError("content: give bytes, a Path, or a file open for reading")

    @property
    def octets(self) -> bytes:
        """The content once it was read."""
        if not isinstance(self.content, bytes):
            raise TypeError("the content has not been read yet")
        return self.content
