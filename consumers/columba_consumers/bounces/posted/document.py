"""A JSON document that somebody else wrote: whatever is missing or of another type in it reads as empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec

from columba_consumers.posting.post import Nonsense

_MOST_PARTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Document:
    """A value in it, with those below it."""

    value: Any

    @classmethod
    def read(cls, octets: bytes | str) -> Self:
        """Read one; raises Nonsense for what is no JSON, or nested too deep."""
        try:
            return cls(msgspec.json.decode(octets))
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise Nonsense("the body is no JSON") from error

    def at(self, *path: str) -> "Document":
        """Return the value at a path of names; an empty one where there is none."""
        value = self.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Document(value)

    def text(self, *path: str) -> str:
        """Return the text at a path, or the number as a text; empty without one."""
        value = self.at(*path).value
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    def parts(self, *path: str) -> Sequence["Document"]:
        """Return the parts of the list at a path; none without one."""
        value = self.at(*path).value
        return [Document(each) for each in value[:_MOST_PARTS]] if isinstance(value, list) else ()
