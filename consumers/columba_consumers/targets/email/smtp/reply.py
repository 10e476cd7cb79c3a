"""Replies: what the server says, read line by line and bounded."""

import re
from typing import Final

from msgspec import Struct

MAX_REPLY_OCTETS: Final = 16 * 1024

_LINE: Final = re.compile(rb"([2-5][0-9][0-9])(?:([ -])([^\r\n]*))?\r?\n")
_ENHANCED: Final = re.compile(rb"([245])\.\d{1,3}\.\d{1,3}(?![.\d])")
_QUEUE_ID: Final = re.compile(
    r"queued as <?([^\s<>;,]+)|\bid=([^\s<>;,]+)|^(?:2\.\d\.\d )?Ok ([0-9a-f-]{20,})$", re.IGNORECASE
)


class NotSmtp(Exception):
    """The bytes are no reply, or one without an end; never leaves this package."""


class Reply(Struct, frozen=True):
    """One reply: its code, and its lines without the codes."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """The lines as one, fit to be shown: nothing in it but printable characters."""
        joined = b" ".join(self.lines).decode(errors="replace")
        if joined.isprintable():
            return joined.strip()
        return "".join(character if character.isprintable() else " " for character in joined).strip()

    def __str__(self) -> str:
        """Return code and text."""
        return f"{self.code} {self.text}".strip()

    @property
    def status(self) -> str:
        """The code and, where the text begins with one that goes with it, the enhanced code: ``550 5.1.1``."""
        match = _ENHANCED.match(self.lines[0]) if self.lines else None
        if match is None or int(match[1]) != self.code // 100:
            return str(self.code)
        return f"{self.code} {match[0].decode()}"

    @property
    def queue_id(self) -> str | None:
        """The id that the server gave the mail, where its reply has a shape that we know; else None."""
        match = _QUEUE_ID.search(self.text)
        return next(filter(None, match.groups())) if match else None


class ReplyReader:
    """Turns bytes, in whatever pieces they come, into replies."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._code = b""
        self._size = 0

    @property
    def is_between_replies(self) -> bool:
        """Whether everything received has been handed out."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that ``data`` completes; raises NotSmtp."""
        data = self._rest + data if self._rest else data
        replies: list[Reply] = []
        position = 0
        while match := _LINE.match(data, position):
            position = match.end()
            code, mark, text = match.groups()
            if self._lines and code != self._code:
                raise NotSmtp("the lines of one reply have different codes")
            self._lines.append(text or b"")
            self._bound(len(text or b""))
            if mark == b"-":
                self._code = code
                continue
            replies.append(Reply(int(code), tuple(self._lines)))
            self._lines, self._size = [], 0
        self._rest = data[position:]
        if self._rest:
            self._bound(0)
            if b"\n" in self._rest:
                raise NotSmtp("it does not speak SMTP")
        return replies

    def _bound(self, more: int) -> None:
        self._size += more + 1
        if self._size + len(self._rest) > MAX_REPLY_OCTETS:
            raise NotSmtp(f"a reply is longer than {MAX_REPLY_OCTETS} octets")
