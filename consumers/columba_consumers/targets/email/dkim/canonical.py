"""The ``relaxed`` form of mail (RFC 6376, 3.4): what servers may change on the way does not count."""

import re
from typing import Final

_BLANKS: Final = re.compile(rb"[ \t]+")
_FIELD_END: Final = re.compile(rb"\r\n(?![ \t])")

Field = tuple[bytes, bytes]
"""A header's name in small letters, and its line as it is signed."""


def fields(head: bytes) -> list[Field]:
    """Return the header fields in their order; ``head`` is what stands in front of the empty line."""
    found = []
    for field in _FIELD_END.split(head):
        name, _, value = field.partition(b":")
        name = name.strip(b" \t").lower()
        found.append((name, name + b":" + relaxed(value) + b"\r\n"))
    return found


def relaxed(value: bytes) -> bytes:
    """Return a header's value unfolded, its blanks made one."""
    return _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")


def body(lines: bytes) -> bytes:
    """Return the body: blanks made one, none at a line's end, no empty lines at the end.

    A last line without its end counts as ended, which is what SMTP does to it.
    """
    if b"\t" in lines or b"  " in lines or b" \r\n" in lines or lines.endswith(b" "):
        lines = _BLANKS.sub(b" ", lines).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    if lines.endswith(b"\r\n") and not lines.endswith(b"\r\n\r\n") and lines != b"\r\n":
        return lines
    lines = lines.rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""
