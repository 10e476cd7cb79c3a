"""Domains of addresses, in one spelling: however they are capitalised, and whether in letters or as `xn--…`."""

import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

MAX_DOMAIN_LENGTH: Final = 255
BELOW: Final = "*."
_PUNYCODE: Final = "xn--"


@lru_cache(maxsize=4096)
def canonical(domain: str) -> str:
    """Return the spelling that all spellings of a domain have in common."""
    folded = unicodedata.normalize("NFKC", domain.strip().lower()).replace("\N{IDEOGRAPHIC FULL STOP}", ".").rstrip(".")
    if _PUNYCODE not in folded:
        return folded
    return unicodedata.normalize("NFC", ".".join(_letters(label) for label in folded.split(".")))


def domain_of(address: str) -> str:
    """Return the domain of a mail address, or the host of a URL; empty for an address that has neither."""
    if "://" in address:
        try:
            return canonical(urlsplit(address).hostname or "")
        except ValueError:
            return ""
    _, at, domain = address.rpartition("@")
    return canonical(domain.rstrip(" >")) if at else ""


def within(domain: str, pattern: str) -> bool:
    """Say whether a domain is the one meant, or, for a pattern that begins with ``*.``, below it; both canonical."""
    return domain.endswith(pattern[1:]) if pattern.startswith(BELOW) else domain == pattern


def spellings(domain: str) -> set[str]:
    """Return a canonical domain in letters, and as it is in the DNS."""
    return {domain, ".".join(_in_ascii(label) for label in domain.split("."))}


def _letters(label: str) -> str:
    if not label.startswith(_PUNYCODE):
        return label
    try:
        return label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _in_ascii(label: str) -> str:
    return label if label.isascii() else _PUNYCODE + label.encode("punycode").decode("ascii")
