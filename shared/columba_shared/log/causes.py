"""Causes: what makes failures alike, whoever they were for and whichever message it was."""

import re
from hashlib import blake2b
from typing import Final

from columba_shared.state import State

CAUSED: Final = frozenset({State.DEAD, State.IN_DOUBT})
"""The states that have a cause."""
CAUSE_DIGITS: Final = 12
"""Of a fingerprint."""

_ENHANCED: Final = r"[ -][245]\.\d{1,3}\.\d{1,3}"
# Where a server's reply begins, or a detailed code follows: three digits anywhere else may be anything.
_CODE: Final = rf"""(?P<code>
    (?:(?:^|(?<=:\ )|(?<=HTTP\ )|(?<=status\ ))[2-5]\d\d(?:{_ENHANCED})? | (?<![\w.])[2-5]\d\d{_ENHANCED})(?![\w.])
)"""
_VARIABLE: Final = re.compile(
    rf"""{_CODE}
    | <[^<>\s]*>                        # an address as mail servers write it
    | [^\s@<>"']+@[^\s@<>"',;:)]+       # an address
    | "[^"]*" | '[^']*'                 # whatever was quoted
    | \b(?=[\w-]*\d)[\w-]+\b            # ids and numbers: words with a digit in them
    """,
    re.VERBOSE,
)


def likeness(reason: str) -> str:
    """Return the reason without what differs from one delivery to the next; a server's codes stay."""
    return " ".join(_VARIABLE.sub(lambda found: found["code"] or "…", reason).split()).casefold()


def cause_of(state: State, reason: str | None) -> str | None:
    """Return the fingerprint of why a delivery is in this state; None for a state that needs no explanation."""
    if state not in CAUSED:
        return None
    return blake2b(likeness(reason or "").encode(), digest_size=CAUSE_DIGITS // 2).hexdigest()
