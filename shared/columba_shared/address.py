"""Addresses in one spelling, and the domains that they are in: what a suppression list compares."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from columba_shared.addresses.sms import check_listed_number
from columba_shared.domain import BELOW, canonical, domain_of
from columba_shared.event import GROUP_PREFIXES, MAX_ADDRESS_LENGTH

_NAMED: Final = re.compile(r".*<([^<>]*)>")
_DOMAIN: Final = re.compile(r"@(?:\*\.)?[\w-]+(?:\.[\w-]+)*")
_BARE_DOMAIN: Final = re.compile(r"(?:[\w-]+\.)+[^\W\d]{2,}")


def bare(text: str) -> str:
    """Return an address without a name around it: of `Bob <bob@example.org>` the address."""
    text = text.strip()
    named = _NAMED.fullmatch(text) if text.endswith(">") else None
    return text if named is None else named[1].strip()


@lru_cache(maxsize=4096)
def folded(address: str) -> str:
    """Return the spelling that all spellings of an address have in common: of `Bob <Bob@EXAMPLE.org>` the bare one.

    A URL's path, a device's token or a name mean something else in capitals, and stay as they are.
    """
    text = unicodedata.normalize("NFC", bare(address))
    scheme, colon, rest = text.partition("://")
    if colon:
        host, slash, path = rest.partition("/")
        return f"{scheme.casefold()}://{host.casefold()}{slash}{path}"
    local, at, domain = text.rpartition("@")
    return unicodedata.normalize("NFC", f"{local.casefold()}@{canonical(domain)}") if at else text


@lru_cache(maxsize=4096)
def listings(address: str) -> tuple[str, ...]:
    """Return everything that a list may hold an address under: itself, its domain (`@…`), all above that (`@*.…`)."""
    domain = domain_of(folded(address))
    if not domain:
        return (folded(address),)
    labels = domain.split(".")
    above = (f"@{BELOW}{'.'.join(labels[start:])}" for start in range(1, len(labels)))
    return (folded(address), f"@{domain}", *above)


def listing(text: str, target: str = "") -> str:
    """Return what a list holds for what somebody wrote: an address, `@example.org`, or `*.example.org` for all below.

    Raises ValueError with the fix for what is none of these, or a telephone's number that is not in its one spelling.
    """
    given = text.strip()
    if given.startswith((BELOW, "@")):
        pattern = given.removeprefix("@")
        below = BELOW if pattern.startswith(BELOW) else ""
        found = f"@{below}{canonical(pattern.removeprefix(BELOW))}"
        if _DOMAIN.fullmatch(found) is None:
            raise ValueError(f"{given!r:.60} is no domain: write @example.org, or *.example.org for all below it")
        return found
    if given.startswith(GROUP_PREFIXES):
        raise ValueError(f"{given!r:.60} stands for several addresses: a user is opted out, with `addresses opt-out`")
    if _BARE_DOMAIN.fullmatch(given):
        raise ValueError(f"{given!r:.60} is no address: write @{given} for a whole domain")
    found = folded(given)
    if not found or len(found) > MAX_ADDRESS_LENGTH or not found.isprintable() or not given.isprintable():
        raise ValueError(f"{given!r:.60} is no address: 1 to {MAX_ADDRESS_LENGTH} visible characters")
    check_listed_number(found, target)
    return found
