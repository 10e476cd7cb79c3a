"""A mail that a stranger wrote, taken apart: bounded in octets, parts and depth, and never an error."""

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from columba_consumers.bounces.content_type import ContentType

MOST_OCTETS: Final = 1024 * 1024
"""What lies behind is not looked at: a report says what it has to say in front of the mail that it returns."""
MOST_PARTS: Final = 60
DEEPEST: Final = 6
_MOST_HEADERS: Final = 500
_LONGEST_HEADER: Final = 4000
_FIELD: Final = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
CHARSET: Final = re.compile(r"utf-?8|(us-)?ascii|latin-?1|iso-8859-\d{1,2}|(windows-|cp)125\d|koi8-[ru]", re.ASCII)
_MBOX: Final = b"From "
_WHOLE_MAILS: Final = frozenset({"message/rfc822", "message/global"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a mail, or all of it: its headers in order, its body decoded, and the parts that it consists of."""

    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    parts: tuple["Part", ...] = ()

    def header(self, name: str) -> str:
        """Return the first header of this name (in small letters); empty when there is none."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def kind(self) -> str:
        """The type of its content; text/plain if it says none, or nonsense."""
        return self._type.kind

    def parameter(self, name: str) -> str:
        """Return a parameter of its content type, in small letters."""
        return self._type.parameters.get(name, "").lower()

    @property
    def text(self) -> str:
        """Its body in letters; those that are none are replaced."""
        charset = self.parameter("charset")
        try:
            return self.body.decode(charset if CHARSET.fullmatch(charset) else "utf-8", errors="replace")
        except LookupError:  # one of a family that has no such member
            return self.body.decode("latin-1")

    @property
    def head(self) -> str:
        """Its headers as text, a line each."""
        return "\n".join(f"{name}: {value}" for name, value in self.headers)

    @property
    def boundary(self) -> str:
        """What stands between its parts; empty if it does not say."""
        return self._type.parameters.get("boundary", "").rstrip()

    @property
    def _type(self) -> ContentType:
        return ContentType.of(self.header("content-type"))

    def walk(self) -> Iterator["Part"]:
        """Yield it and all parts below it, in their order."""
        yield self
        for part in self.parts:
            yield from part.walk()


def parse(octets: bytes) -> Part:
    """Take a mail apart; whatever it is, there is something to return."""
    text = octets[:MOST_OCTETS].replace(b"\r\n", b"\n").lstrip(b"\n")
    if text.startswith(_MBOX):
        text = text.partition(b"\n")[2]
    return _part(text, 0, count(1))


def headers_of(text: str) -> tuple[tuple[str, str], ...]:
    """Return the headers in a text, up to the first line that is none: names in small letters, values on one line."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line[:1] in {" ", "\t"} and lines:
            if len(lines[-1]) < _LONGEST_HEADER:
                lines[-1] += f" {line.strip()}"
        elif _FIELD.match(line) is None or len(lines) >= _MOST_HEADERS:
            break
        else:
            lines.append(line)
    fields = (line[:_LONGEST_HEADER].partition(":") for line in lines)
    return tuple((name.strip().lower(), value.strip()) for name, _, value in fields)


def _part(octets: bytes, depth: int, number: "count[int]") -> Part:
    head, _, rest = (b"", b"", octets[1:]) if octets.startswith(b"\n") else octets.partition(b"\n\n")
    part = Part(headers=headers_of(head.decode(errors="replace")), body=rest)
    if depth >= DEEPEST or next(number) > MOST_PARTS:
        return part
    kind = part.kind
    if kind.startswith("multipart/"):
        boundary = part.boundary.encode(errors="replace")
        chunks = _chunks(rest, boundary) if boundary else ()
        return Part(headers=part.headers, parts=tuple(_part(each, depth + 1, number) for each in chunks))
    body = _decoded(rest, part.header("content-transfer-encoding").strip().lower())
    inside = (_part(body.lstrip(b"\n"), depth + 1, number),) if kind in _WHOLE_MAILS else ()
    return Part(headers=part.headers, body=body, parts=inside)


def _chunks(body: bytes, boundary: bytes) -> Sequence[bytes]:
    """Return what stands between the lines of a boundary; another boundary may begin as this one does."""
    found: list[bytes] = []
    pieces = (b"\n" + body).split(b"\n--" + boundary, MOST_PARTS)
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        line, _, rest = piece.partition(b"\n")
        if line.strip(b" \t"):
            if found:
                found[-1] += b"\n--" + boundary + piece
        else:
            found.append(rest)
    return found


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == "base64":
            return binascii.a2b_base64(body).replace(b"\r\n", b"\n")
    except binascii.Error:
        return body
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body
