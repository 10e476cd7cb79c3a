"""Encoded words (RFC 2047): text of any language in a header of ASCII, folded."""

import base64
from typing import Final

_CHARSET: Final = "=?utf-8?"
_FRAME: Final = len("=?utf-8?q??=")
_WORD_COLUMNS: Final = 75
_LINE_COLUMNS: Final = 76
_LEAST: Final = 24
"""Columns that a word needs to hold at least one character of four bytes, each byte written as three."""

_TOP_BITS: Final = 0xC0
_CONTINUATION: Final = 0x80
"""The top bits of every byte of a UTF-8 character but its first."""

_PLAIN: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!*+-/"
_ESCAPED: Final = tuple(
    "_" if byte == ord(" ") else chr(byte) if byte in _PLAIN else f"={byte:02X}" for byte in range(256)
)


def encoded_words(text: str, *, used: int) -> str:
    """Return ``text`` as encoded words, folded for a first line on which ``used`` columns are taken.

    The shorter of the two encodings is taken; no character is cut in two.
    """
    raw = text.encode()
    escaped = len(raw) + 2 * len(raw.translate(None, _PLAIN + b" "))
    room = min(_WORD_COLUMNS, _LINE_COLUMNS - used)
    fold = "\r\n " if room < _LEAST else ""
    first = _WORD_COLUMNS if fold else room
    split = _quoted if escaped <= (len(raw) + 2) // 3 * 4 else _base64
    return fold + "\r\n ".join(split(text, first - _FRAME, _WORD_COLUMNS - _FRAME))


def _quoted(text: str, room: int, later: int) -> list[str]:
    words: list[str] = []
    pieces: list[str] = []
    for character in text:
        piece = _ESCAPED[ord(character)] if character < "\x80" else "".join(_ESCAPED[b] for b in character.encode())
        if len(piece) > room:
            words.append(f"{_CHARSET}q?{''.join(pieces)}?=")
            pieces, room = [], later
        pieces.append(piece)
        room -= len(piece)
    words.append(f"{_CHARSET}q?{''.join(pieces)}?=")
    return words


def _base64(text: str, room: int, later: int) -> list[str]:
    raw = text.encode()
    words: list[str] = []
    start = 0
    while start < len(raw):
        end = min(start + room // 4 * 3, len(raw))
        while end < len(raw) and raw[end] & _TOP_BITS == _CONTINUATION:
            end -= 1
        words.append(f"{_CHARSET}b?{base64.b64encode(raw[start:end]).decode()}?=")
        start, room = end, later
    return words
