"""What a part of a mail says that it is: read by a few rules of our own, none of which a stranger can make fail."""

import re
from dataclasses import dataclass
from typing import Final, Self

_PLAIN: Final = "text/plain"
_PARAMETER: Final = re.compile(
    r';\s*+([^\s=;*"]++)(?:\*(\d{1,2}))?+\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)|([^;\s]*+))', re.DOTALL
)
"""`name=value`, or `name*0=` for a part of a long one (RFC 2231). Those in another charset (`name*=`) tell us nothing.
It never tries a character twice, so that its time grows as the text does."""
_QUOTED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType:
    """The type, in small letters, and its parameters by name; of two of one name the first."""

    kind: str
    parameters: dict[str, str]

    @classmethod
    def of(cls, value: str) -> Self:
        """Read a header; text/plain for one that is missing, or nonsense."""
        kind = value.partition(";")[0].strip().lower()
        whole: dict[str, str] = {}
        pieces: dict[str, dict[int, str]] = {}
        for found in _PARAMETER.finditer(value):
            name, number, quoted, bare = found[1].lower(), found[2], found[3], found[4]
            text = bare if quoted is None else _QUOTED.sub(r"\1", quoted)
            if number is None:
                whole.setdefault(name, text)
            else:
                pieces.setdefault(name, {}).setdefault(int(number), text)
        joined = {name: "".join(parts[each] for each in sorted(parts)) for name, parts in pieces.items()}
        return cls(kind=kind if kind.count("/") == 1 else _PLAIN, parameters=joined | whole)
