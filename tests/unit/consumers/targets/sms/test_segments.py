"""How many messages a text is on its way."""

from typing import Final

import pytest
from columba_consumers.targets.sms.segments import Alphabet, segments

GSM: Final = Alphabet.GSM
UCS2: Final = Alphabet.UCS2

TEXTS: Final = [
    ("a" * 160, GSM, 160, 1),
    ("a" * 161, GSM, 161, 2),
    ("a" * 306, GSM, 306, 2),
    ("a" * 307, GSM, 307, 3),
    ("€" * 80, GSM, 160, 1),
    ("€" * 81, GSM, 162, 2),
    ("[]{}~^|\\", GSM, 16, 1),
    ("a" * 152 + "€" + "a" * 152, GSM, 306, 3),  # the sign is not torn apart: 152, 154 and one more
    ("äöüßÄÖÜ àèéìòù ñ Ñ ¿ ¡ £ ¥ § Å æ Ø \n\r", GSM, 37, 1),
    ("ж" * 70, UCS2, 70, 1),
    ("ж" * 71, UCS2, 71, 2),
    ("ж" * 134, UCS2, 134, 2),
    ("ж" * 135, UCS2, 135, 3),
    ("😀" * 35, UCS2, 70, 1),
    ("😀" * 36, UCS2, 72, 2),
    ("ж" * 66 + "😀" + "ж" * 66, UCS2, 134, 3),  # nor are the halves of a character
    ("it\N{RIGHT SINGLE QUOTATION MARK}s", UCS2, 4, 1),
    ("a\tb", UCS2, 3, 1),
]


@pytest.mark.parametrize(("text", "alphabet", "units", "number"), TEXTS, ids=range(len(TEXTS)))
def test_a_text_takes_so_many_messages(text: str, alphabet: Alphabet, units: int, number: int) -> None:
    found = segments(text)
    assert (found.alphabet, found.units, found.number) == (alphabet, units, number)


def test_what_makes_a_text_long_is_named() -> None:
    assert segments("It costs 5 € \N{EN DASH} cheap").first_strange == "\N{EN DASH}"
    assert segments("It costs 5 €").first_strange is None
