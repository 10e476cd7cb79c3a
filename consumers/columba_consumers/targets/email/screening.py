"""Values for headers, screened: nothing passes that could end a line or hide one."""

import base64
import binascii
import re
from typing import Final

from columba_consumers.targets.email.unsafe import UnsafeHeader

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ENCODED_WORD: Final = re.compile(r"=\?([^?]*)\?([bBqQ])\?([^?]*)\?=")
_ESCAPE: Final = re.compile(rb"=([0-9A-Fa-f]{2})")


def screen(field: str, value: str) -> str:
    """Return ``value`` unchanged; raises UnsafeHeader if it holds a control character, in the open or encoded.

    An encoded word in a given value is sent as literal text. It is looked into all the same, because a
    careless reader on the way may decode twice.
    """
    if value.isascii() and value.isprintable() and "=?" not in value:
        return value
    if _CONTROL.search(value):
        raise UnsafeHeader(field, "holds a control character or a line break")
    for word in _ENCODED_WORD.finditer(value):
        if _CONTROL.search(_decoded(*word.groups())):
            raise UnsafeHeader(field, "holds an encoded word that hides a control character")
    return value


def _decoded(charset: str, encoding: str, content: str) -> str:
    raw = content.encode()
    if encoding in "bB":
        data = _unpadded(raw)
    else:
        data = _ESCAPE.sub(lambda match: binascii.unhexlify(match[1]), raw.replace(b"_", b" "))
    try:
        return data.decode(charset.partition("*")[0].strip(), errors="replace")
    except (LookupError, ValueError):
        return data.decode("latin-1")


def _unpadded(raw: bytes) -> bytes:
    """Decode base64 as a forgiving reader does: strangers skipped, padding supplied, a lone last digit dropped."""
    digits = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    whole = digits[: len(digits) - (len(digits) % 4 == 1)]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))
