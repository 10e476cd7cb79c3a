"""Style sheets as they are written in a template: whether their rules begin and end where somebody means them to."""

import re
from collections.abc import Iterator
from typing import Final

_STYLE: Final = re.compile(r"<(style|mj-style)\b[^>]*>(.*?)(</\1|\Z)", re.DOTALL | re.IGNORECASE)
_JINJA: Final = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_PIECE: Final = re.compile(r"""/\*.*?(\*/|\Z)|"(?:[^"\\\n]|\\.)*["\n]|'(?:[^'\\\n]|\\.)*['\n]|[{}]""", re.DOTALL)


def faults(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines at which a style sheet in a template is broken, with what is wrong: readers drop the rest."""
    # Tags may hold braces of their own; lines stay where they are.
    plain = _JINJA.sub(lambda found: "\n" * found[0].count("\n"), source)
    for found in _STYLE.finditer(plain):
        fault = _fault(found[2])
        if fault is not None:
            position, why = fault
            yield plain.count("\n", 0, found.start(2) + position) + 1, why
        elif not found[3]:
            yield plain.count("\n", 0, found.start()) + 1, f"<{found[1]}> has no end"


def _fault(sheet: str) -> tuple[int, str] | None:
    opened: list[int] = []
    for found in _PIECE.finditer(sheet):
        piece = found[0]
        if piece == "{":
            opened.append(found.start())
        elif piece == "}":
            if not opened:
                return found.start(), "the style sheet closes a rule that it has not opened"
            opened.pop()
        elif piece.startswith("/*") and not found[1]:
            return found.start(), "a comment of the style sheet has no end"
        elif piece.endswith("\n"):
            return found.start(), "a text of the style sheet has no end on its line"
    return (opened[0], "a rule of the style sheet has no end") if opened else None
