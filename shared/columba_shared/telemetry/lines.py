"""How a fact looks on a line: for people (text) or for programs (JSON). One fact is always one line."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from unicodedata import category

ADDRESSES: Final = frozenset({"address", "recipient", "to"})
"""Names of values that say who somebody is."""


class TextLines(logging.Formatter):
    """`2026-11-21T10:00:00.000Z INFO delivery.sent sent delivery=0193… target=email`."""

    def __init__(self, *, mask: bool) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, every control character escaped."""
        name, facts = told(record)
        words = [_time(record), record.levelname, name, printable(_text(record))]
        words += [f"{key}={_quoted(value)}" for key, value in plain(facts, mask=self._mask).items()]
        if record.exc_info:
            words.append(printable(self.formatException(record.exc_info)))
        return " ".join(words)


class JsonLines(logging.Formatter):
    """One JSON object a line, with the fact's values beside its name."""

    def __init__(self, *, mask: bool) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; ASCII only, so that nothing in it can move a terminal's cursor."""
        name, facts = told(record)
        line = {"time": _time(record), "level": record.levelname.lower(), "fact": name, "text": _text(record)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(plain(facts, mask=self._mask) | line, default=str)


class ForOthers:
    """A fact as a line of an app's own logging says it: the words and, since nobody else asks for them, the values."""

    __slots__ = ("_values", "_wording")

    def __init__(self, wording: str, values: Mapping[str, Any]) -> None:
        self._wording = wording
        self._values = values

    def __str__(self) -> str:
        """Return all of it, with addresses masked."""
        values = (f"{key}={_quoted(value)}" for key, value in plain(self._values, mask=True).items())
        return " ".join((self._wording, *values))


def told(record: logging.LogRecord) -> tuple[str, Mapping[str, Any]]:
    """Return the fact's name and values; for a line of another library its logger's name and nothing."""
    return getattr(record, "columba_fact", record.name), getattr(record, "columba_values", {})


def plain(facts: Mapping[str, Any], *, mask: bool) -> dict[str, Any]:
    """Return the values as numbers, truths and text, addresses masked if so wished."""
    return {
        name: _masked(str(value)) if mask and name in ADDRESSES else _plain(value)
        for name, value in facts.items()
        if value is not None
    }


def _text(record: logging.LogRecord) -> str:
    """Return what is said: the fact's words alone, since its values follow."""
    text: str = getattr(record, "columba_text", None) or record.getMessage()
    return text


def printable(text: str) -> str:
    """Escape what would end the line, move the cursor or turn the writing direction; a space of any width stays."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or category(each) == "Zs" else ascii(each)[1:-1] for each in text)


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float) else str(value)


def _masked(address: str) -> str:
    """Keep the first letter and the domain: enough to recognise, too little to write to."""
    local, at, domain = address.rpartition("@")
    return f"{(local or domain)[:1]}***{at}{domain if at else ''}"


def _quoted(value: object) -> str:
    text = printable(str(value))
    if text and not any(each in text for each in ' "='):
        return text
    return '"' + text.replace('"', '\\"') + '"'


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
