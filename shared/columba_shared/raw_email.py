"""A mail that the app has finished, and whether mail servers pass it on as it is."""

import re
from email.parser import HeaderParser
from email.utils import getaddresses
from typing import Final

from msgspec import Struct

LONGEST_LINE: Final = 998
"""Octets that a line of mail may have, without its end."""
_BLIND: Final = re.compile(rb"^(?:resent-)?bcc[ \t]*:", re.IGNORECASE | re.MULTILINE)
_END_OF_HEAD: Final = b"\r\n\r\n"


class RawEmail(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="raw"):
    """``content`` is the whole mail, headers and all, as it goes out: byte for byte, with CRLF line ends.

    It goes to the delivery's recipient, whoever its headers name. ``sender`` is where bounces go; None takes the
    address in its ``Sender``, else in its ``From``. ``account`` is as an EmailMessage has it.
    """

    content: bytes
    sender: str | None = None
    account: str | tuple[str, ...] = ()


def check_content(content: bytes) -> None:
    """Return if servers on the way change and refuse nothing of a finished mail; raises ValueError with the fix."""
    line_ends = content.count(b"\r\n")
    if content.count(b"\n") != line_ends or content.count(b"\r") != line_ends or b"\0" in content:
        raise ValueError("ends lines with CRLF, and has no zero byte: write it with email.policy.SMTP")
    if has_long_line(content):
        raise ValueError(f"has a line of more than {LONGEST_LINE} octets")
    if _END_OF_HEAD not in content or content.startswith((b"\r\n", b" ", b"\t")):
        raise ValueError("begins with its headers, and an empty line ends them")
    if _BLIND.search(_head(content)):
        raise ValueError("has a Bcc header, which all who get it could read: leave that out, and name them in to=")


def sender_in(content: bytes) -> tuple[str, str] | None:
    """Return where a finished mail says that bounces go, behind the header's name; None: it does not say it."""
    for name in ("Sender", "From"):
        found = addresses_in(content, name)
        if len(found) == 1:
            return name, found[0]
    return None


def addresses_in(content: bytes, name: str) -> list[str]:
    """Return the addresses in a header of a finished mail, whatever they are."""
    head = _head(content).decode(errors="surrogateescape")
    values = HeaderParser().parsestr(f"{head}\r\n\r\n").get_all(name, [])
    return [address for _, address in getaddresses(map(str, values)) if address]


def _head(content: bytes) -> bytes:
    return content.partition(_END_OF_HEAD)[0]


def has_long_line(raw: bytes) -> bool:
    """Say whether a line is longer than a line of mail may be.

    Leaps from line end to line end, each as far as a line may be long, rather than look at every line.
    """
    start, furthest = 0, LONGEST_LINE + len(b"\r\n")
    while len(raw) - start > furthest:
        end = raw.rfind(b"\n", start, start + furthest)
        if end < 0:
            return True
        start = end + 1
    return len(raw) - max(start, raw.rfind(b"\n", start) + 1) > LONGEST_LINE
