"""How many messages a text is on its way: GSM's seven bits where all of it is in that alphabet, else UCS-2.

As 3GPP TS 23.038 and 23.040 have it: 140 octets a message, of which six say which part it is where there are several.
A character of the extension table is two septets, one beyond the basic plane is two halves, and neither is torn apart.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
_BEYOND: Final = 0xFFFF


class Alphabet(StrEnum):
    """In what a text is written on its way."""

    GSM = "GSM-7"
    UCS2 = "UCS-2"


_ALONE: Final = {Alphabet.GSM: 160, Alphabet.UCS2: 70}
_TOGETHER: Final = {Alphabet.GSM: 153, Alphabet.UCS2: 67}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """How long a text is, in units of its alphabet, and how many messages that takes."""

    alphabet: Alphabet
    units: int
    number: int
    first_strange: str | None = None
    """The first character that is not in GSM's alphabet: why so few fit."""


def segments(text: str) -> Segments:
    """Return what a text takes."""
    strange = next((each for each in text if each not in _BASIC and each not in _EXTENSION), None)
    if strange is None:
        alphabet, sizes = Alphabet.GSM, [1 + (each in _EXTENSION) for each in text]
    else:
        alphabet, sizes = Alphabet.UCS2, [1 + (ord(each) > _BEYOND) for each in text]
    units = sum(sizes)
    number = 1 if units <= _ALONE[alphabet] else _parts(sizes, _TOGETHER[alphabet])
    return Segments(alphabet=alphabet, units=units, number=number, first_strange=strange)


def _parts(sizes: list[int], room: int) -> int:
    """Count parts of so much room, into which characters go whole."""
    number, used = 1, 0
    for size in sizes:
        if used + size > room:
            number, used = number + 1, 0
        used += size
    return number
