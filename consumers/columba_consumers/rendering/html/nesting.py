"""How deep markup is nested, at most: the libraries that read it go as deep, and past some depth end the process."""

import re
from collections import Counter
from typing import Final

DEEPEST: Final = 500

_TAG: Final = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][^\s/>]*)", re.DOTALL)
_EMPTY: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)


def too_deep(markup: str) -> bool:
    """Say whether elements may be nested deeper than anybody means; what is not closed counts as going deeper."""
    # Each level opens one: most mails are done here.
    if markup.count("<") <= DEEPEST:
        return False
    opened: Counter[str] = Counter()
    depth = 0
    for found in _TAG.finditer(markup):
        name = (found[2] or "").lower()
        if not name or name in _EMPTY:
            continue
        if not found[1]:
            opened[name] += 1
            depth += 1
            if depth > DEEPEST:
                return True
        elif opened[name]:
            # A closing tag that closes nothing takes back nothing.
            opened[name] -= 1
            depth -= 1
    return False
