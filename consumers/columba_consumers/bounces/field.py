"""Fields of a machine's report (RFC 3464, RFC 5965): groups of them, and the addresses and words in their values."""

import re
from collections.abc import Iterator
from typing import Final

from columba_shared.address import folded
from columba_shared.event import MAX_ADDRESS_LENGTH

from columba_consumers.bounces.part import headers_of

Group = dict[str, tuple[str, ...]]
"""Fields that stand together, by name in small letters; those that were given twice with every value."""
_MOST_GROUPS: Final = 100
_TYPED: Final = re.compile(r"(?:rfc822|utf-?8|smtp|x400|unknown|local|dns|x-[\w-]+)\s*;", re.IGNORECASE)
_XTEXT: Final = re.compile(r"\+([0-9A-F]{2})")
_UTF8_TEXT: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_BRACKETS: Final = re.compile(r"<([^<>]*)>")


def groups(text: str) -> Iterator[Group]:
    """Yield the groups of fields that empty lines keep apart."""
    for block in re.split(r"\n[ \t]*\n", text.strip("\n"), maxsplit=_MOST_GROUPS):
        found: dict[str, tuple[str, ...]] = {}
        for name, value in headers_of(block.strip("\n")):
            found[name] = (*found.get(name, ()), value)
        if found:
            yield found


def first(group: Group, name: str) -> str:
    """Return a field's first value; empty without one."""
    return group.get(name, ("",))[0]


def untyped(value: str) -> str:
    """Return a value without the type in front of it."""
    value = value.strip()
    typed = _TYPED.match(value)
    return value[typed.end() :].strip() if typed else value


def addresses(*values: str) -> tuple[str, ...]:
    """Return the addresses in such values, in one spelling each, also as what stands encoded in them."""
    found: list[str] = []
    for value in values:
        bare = untyped(value)
        inner = _BRACKETS.search(bare)
        bare = (inner[1] if inner else bare).strip().removeprefix("mailto:")
        readings = (bare, _XTEXT.sub(_octet, bare), _UTF8_TEXT.sub(_letter, bare))
        found += [folded(text) for text in readings if _is_address(text)]
    return tuple(dict.fromkeys(found))


def _is_address(text: str) -> bool:
    return "@" in text and " " not in text and len(text) <= MAX_ADDRESS_LENGTH and text.isprintable()


def _octet(match: "re.Match[str]") -> str:
    return chr(int(match[1], 16))


def _letter(match: "re.Match[str]") -> str:
    number = int(match[1], 16)
    return chr(number) if number <= 0x10FFFF else match[0]  # noqa: PLR2004 - the last character there is
