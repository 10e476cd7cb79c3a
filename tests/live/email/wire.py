"""What RFC 5322 and RFC 2045 ask of the bytes of a mail, checked line by line and without any library of mail."""

import base64
import quopri
import re
from collections.abc import Iterator
from typing import Final

_LONGEST_LINE: Final = 998
_LONGEST_ENCODED: Final = 76
_FIELD: Final = re.compile(rb"[A-Za-z0-9-]+: ?\S")
_ENCODED_WORD: Final = re.compile(rb"=\?utf-8\?[bq]\?[^?\s]*\?=", re.IGNORECASE)
_BOUNDARY: Final = re.compile(rb'boundary="([^"]{1,70})"')
_CHARSET: Final = re.compile(rb"charset=([\w-]+)")


def problems(mail: bytes, *, wide_addresses: bool = False) -> list[str]:
    """Return everything that is wrong with these bytes; with ``wide_addresses`` its own headers may be UTF-8."""
    found = list(_lines(mail))
    head, _, body = mail.partition(b"\r\n\r\n")
    if b"\r\nMIME-Version: 1.0" not in head:
        found.append("no MIME-Version")
    return found + list(_part(head, body, wide=wide_addresses))


def _lines(mail: bytes) -> Iterator[str]:
    if not mail.endswith(b"\r\n"):
        yield "does not end with a line end"
    for line in mail.split(b"\r\n"):
        if b"\r" in line or b"\n" in line or b"\0" in line:
            yield f"a bare CR, LF or zero: {line[:60]!r}"
        if len(line) > _LONGEST_LINE:
            yield f"a line of {len(line)}: {line[:60]!r}"


def _part(head: bytes, body: bytes, *, wide: bool = False) -> Iterator[str]:
    """Check one part: its headers, and its body as the headers say it is written."""
    yield from _head(head, wide=wide)
    fields = _unfolded(head)
    kind = fields.get(b"content-type", b"text/plain")
    encoding = fields.get(b"content-transfer-encoding", b"7bit")
    boundary = _BOUNDARY.search(kind)
    if kind.startswith(b"multipart/"):
        if boundary is None or encoding not in {b"7bit", b"8bit"}:
            yield "a multipart without a boundary, or encoded"
        else:
            yield from _branch(body, boundary[1])
    else:
        yield from _leaf(kind, encoding, body)


def _head(head: bytes, *, wide: bool) -> Iterator[str]:
    if not head.isascii() and not wide:
        yield "headers beyond ASCII"
    for line in head.split(b"\r\n"):
        if not line.startswith(b" ") and _FIELD.match(line) is None:
            yield f"no header: {line[:60]!r}"
        if line.startswith(b" ") and not line.strip():
            yield "a line of blanks alone"
        words = _ENCODED_WORD.findall(line)
        if any(len(word) > _LONGEST_ENCODED - 1 for word in words):
            yield f"an encoded word is too long: {line[:60]!r}"
        if words and b'name="' not in head and len(line) > _LONGEST_ENCODED:
            yield f"a line with encoded words is too long: {line[:60]!r}"
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if not line.startswith(b" ")]
    if len(set(names)) != len(names):
        yield f"a header comes twice: {names}"


def _branch(body: bytes, boundary: bytes) -> Iterator[str]:
    delimiter = b"--" + boundary
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if pieces[-1] != b"--\r\n":
        yield "a branch does not end with its boundary"
    for piece in pieces[1:-1]:
        if not piece.startswith(b"\r\n"):
            yield "something stands behind a boundary"
        head, _, content = piece[2:].partition(b"\r\n\r\n")
        yield from _part(head, content)


def _leaf(kind: bytes, encoding: bytes, body: bytes) -> Iterator[str]:
    lines = body.split(b"\r\n")
    match encoding:
        case b"7bit":
            content = body
            if not body.isascii():
                yield "7bit beyond ASCII"
        case b"quoted-printable":
            content = quopri.decodestring(body)
            if not body.isascii() or any(line.endswith((b" ", b"\t")) for line in lines):
                yield "quoted-printable beyond ASCII, or with blanks at a line's end"
        case b"base64":
            content = base64.b64decode(b"".join(lines), validate=True)
        case _:
            yield f"encoded as {encoding!r}"
            return
    if encoding != b"7bit" and any(len(line) > _LONGEST_ENCODED for line in lines):
        yield f"a line of more than {_LONGEST_ENCODED} in {encoding!r}"
    charset = _CHARSET.search(kind)
    if charset is not None:
        try:
            content.decode(charset[1].decode())
        except (UnicodeDecodeError, LookupError):
            yield f"no {charset[1]!r}: {content[:60]!r}"


def _unfolded(head: bytes) -> dict[bytes, bytes]:
    lines = head.replace(b"\r\n ", b" ").split(b"\r\n")
    return {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
