"""Parameters of Content headers: any text in ASCII (RFC 2231), each on a line of its own."""

import re
from typing import Final

from columba_consumers.targets.email.mime.words import encoded_words

_COLUMNS: Final = 76
_LONGEST_PLAIN: Final = 60
_ATTRIBUTE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{}~"
_ESCAPED: Final = tuple(chr(byte) if byte in _ATTRIBUTE else f"%{byte:02X}" for byte in range(256))


def parameter(name: str, value: str) -> str:
    """Return the parameter behind its semicolon, on lines of its own; ``value`` was screened."""
    if _is_plain(value):
        return f";\r\n {name}={_quoted(value)}"
    pieces = ["".join(_ESCAPED[byte] for byte in character.encode()) for character in value]
    whole = f"{name}*=utf-8''{''.join(pieces)}"
    if len(whole) < _COLUMNS - 1:
        return f";\r\n {whole}"
    return "".join(f";\r\n {segment}" for segment in _segments(name, pieces))


def old_parameter(name: str, value: str) -> str:
    """Return the parameter as programs read it that know nothing of RFC 2231: with encoded words in the quotes."""
    if _is_plain(value):
        return f";\r\n {name}={_quoted(value)}"
    return f';\r\n {name}="{encoded_words(value, used=len(name) + 4).lstrip()}"'


def _is_plain(value: str) -> bool:
    return value.isascii() and len(value) <= _LONGEST_PLAIN and "=?" not in value


def _quoted(value: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    return f'"{escaped}"'


def _segments(name: str, pieces: list[str]) -> list[str]:
    """Return ``name*0*=…``, ``name*1*=…`` and so on, no character cut in two."""
    segments = [f"{name}*0*=utf-8''"]
    for piece in pieces:
        if len(segments[-1]) + len(piece) > _COLUMNS - 2:
            segments.append(f"{name}*{len(segments)}*=")
        segments[-1] += piece
    return segments
