"""How much one operation of a template could make, asked before it runs.

Python's operators, methods and Jinja's filters have no bound of their own: ``'a' * 10**9`` and ``'a'|center(10**9)``
would take the memory of the whole process. Those that can make much out of little are listed here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

GROWING: Final = frozenset(
    (
        # methods of str, bytes and int
        *("center", "ljust", "rjust", "zfill", "expandtabs", "translate", "to_bytes", "format", "format_map"),
        # filters, and methods of the same name
        *("replace", "batch", "indent", "round", "slice", "tojson", "truncate", "urlize", "wordwrap", "xmlattr"),
    ),
)
MAX_BITS: Final = 10_000

# Each character may become any text: there is no bound to foresee.
_UNFORESEEABLE: Final = frozenset(("translate",))
_FORMATS: Final = frozenset(("format", "format_map"))
_DIGITS: Final = re.compile(r"\d+")
_WIDTH_FROM_ARGUMENT: Final = re.compile(r"%[^a-zA-Z%]*\*|\{[^{}]*:[^{}]*\{")


def size_of(value: object) -> int:
    """Return how much text or how many items a value holds; 0 for what holds none."""
    if isinstance(value, (str, bytes, list, tuple, dict, set, frozenset)):
        return len(value)
    return value.bit_length() // 8 if isinstance(value, int) else 0


def result_of(name: str, subject: object, args: Iterable[object], *, largest_number: int) -> int:
    """Return the most that the filter or method ``name`` can make of ``subject`` and its arguments.

    A number above ``largest_number`` makes it endless: no mail needs a column of that width.
    """
    if name in _UNFORESEEABLE:
        return _ENDLESS
    if name in _FORMATS and isinstance(subject, (str, bytes)):
        return formatted(str(subject), args, largest_number=largest_number)
    factor = 1
    for argument in args:
        if isinstance(argument, int) and abs(argument) > largest_number:
            return _ENDLESS
        factor = max(factor, abs(argument) if isinstance(argument, int) else size_of(argument))
    return (size_of(subject) + 1) * factor


def formatted(template: str, args: Iterable[object], *, largest_number: int) -> int:
    """Return the most that formatting can make: every field as wide as the widest number or the longest argument."""
    if _WIDTH_FROM_ARGUMENT.search(template):
        return _ENDLESS
    numbers = [int(digits[:9]) for digits in _DIGITS.findall(template)]
    widest = max(numbers, default=0)
    if widest > largest_number:
        return _ENDLESS
    longest = max((len(str(part)) for argument in args for part in _parts(argument)), default=0)
    fields = template.count("%") + template.count("{")
    return len(template) + fields * (widest + longest)


def multiplied(left: object, right: object) -> int:
    """Return what ``left * right`` makes; numbers make none until they are longer than any amount of money."""
    if isinstance(left, int) and isinstance(right, int):
        return _ENDLESS if left.bit_length() + right.bit_length() > MAX_BITS else 0
    for many, times in ((left, right), (right, left)):
        if isinstance(many, (str, bytes, list, tuple)) and isinstance(times, int):
            # Repeating a list repeats what it holds, however long that is; nothing in a message needs it.
            return len(many) * max(times, 0) if isinstance(many, (str, bytes)) else _ENDLESS
    return 0


def raised(left: object, right: object) -> int:
    """Return what ``left ** right`` makes: nothing, or too much."""
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > MAX_BITS:
        return _ENDLESS
    return 0


def added(left: object, right: object) -> int:
    """Return what ``left + right`` makes."""
    texts_or_lists = (str, bytes, list, tuple)
    if isinstance(left, texts_or_lists) and isinstance(right, texts_or_lists):
        return len(left) + len(right)
    return 0


_ENDLESS: Final = 1 << 62


def _parts(argument: object) -> Iterable[object]:
    """Return what fields may take out of an argument: a mapping's or tuple's items, else itself."""
    if isinstance(argument, Mapping):
        return argument.values()
    return argument if isinstance(argument, tuple) else (argument,)
