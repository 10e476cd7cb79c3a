"""The envelope: who a mail is from and for, apart from what its headers say."""

import re
from typing import Final

from msgspec import Struct

from columba_consumers.targets.email.unsafe import UnsafeBody, UnsafeHeader

_UNSAFE: Final = re.compile("[\x00-\x20\x7f-\x9f<>\ud800-\udfff]")
_QUOTED: Final = re.compile(r'"(?:[ !#-;=?-\[\]-~]|\\[ !-;=?-~])*"(?=@[^"]*\Z)')
"""A local part in quotes, in which blanks cannot end anything."""


class Envelope(Struct, frozen=True, kw_only=True):
    """``recipients`` begins with the delivery's own; the others are copies. ``delivery`` names the delivery."""

    sender: str
    recipients: tuple[str, ...]
    delivery: str

    def __post_init__(self) -> None:
        """Refuse an address that could become another command."""
        for address in (self.sender, *self.recipients):
            if _UNSAFE.search(_QUOTED.sub("", address, count=1) if address.startswith('"') else address):
                raise UnsafeHeader("envelope", "an address holds a space, an angle bracket or a control character")

    @property
    def is_ascii(self) -> bool:
        """Whether any server can take these addresses."""
        return self.sender.isascii() and all(map(str.isascii, self.recipients))


class Accepted(Struct, frozen=True, kw_only=True):
    """The server took the mail: its reply, its own id for it, and what it said of copies that it did not take."""

    reply: str
    queue_id: str | None = None
    refused_copies: tuple[str, ...] = ()


def dotted(data: bytes) -> bytes:
    """Return the mail as DATA wants it: dots doubled, ended with a dot.

    Raises UnsafeBody for a CR or LF on its own, which some servers take for a line end, and so, before a dot,
    for the end of the mail and the start of a smuggled one.
    """
    line_ends = data.count(b"\r\n")
    if data.count(b"\n") != line_ends or data.count(b"\r") != line_ends or b"\0" in data:
        raise UnsafeBody("mail", "holds a bare CR, a bare LF or a zero byte")
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    return data + (b".\r\n" if data.endswith(b"\r\n") or not data else b"\r\n.\r\n")
