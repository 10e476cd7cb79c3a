"""Lines of plain text, as they come about: words flow, blocks begin on lines of their own, with room around some."""

import re
from typing import Final

_SPACE: Final = re.compile(r"[\s\u00a0]+")
_INVISIBLE: Final = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]")


class Lines:
    """Collects what is written; asked for once, at the end."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._words: list[str] = []
        self._room = False

    def write(self, text: str) -> None:
        """Go on with the line; space of any kind and length is one space."""
        self._words.append(_SPACE.sub(" ", _INVISIBLE.sub("", text)))

    def end(self, *, blank: bool = False) -> None:
        """End the line, if anything is on it; with ``blank`` leave a line free before whatever follows."""
        line = _SPACE.sub(" ", "".join(self._words)).strip()
        self._words.clear()
        if line:
            self._add(line)
        self._room |= blank

    def block(self, lines: list[str], *, first: str = "", other: str = "") -> None:
        """Add whole lines; the first begins with ``first``, the others with ``other``."""
        self.end()
        for number, line in enumerate(lines):
            self._add(((other if number else first) + line).rstrip())

    def all(self) -> list[str]:
        """Return the lines."""
        self.end()
        return self._done

    def _add(self, line: str) -> None:
        if self._room and self._done:
            self._done.append("")
        self._room = False
        self._done.append(line)
