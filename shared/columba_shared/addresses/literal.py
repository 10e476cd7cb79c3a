"""Hosts of URLs that are addresses: those that can be read in one way alone, whoever reads them."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


def is_number(host: str) -> bool:
    """Say whether a host, with no dot at its end, is taken for an IPv4 address: by its last part, as browsers do."""
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def version_4(host: str) -> str:
    """Return an IPv4 address that is written as one; raises ValueError for all other spellings.

    Decimal, octal, hexadecimal and short ones are read variously.
    """
    try:
        return str(IPv4Address(host))
    except ValueError as error:
        raise ValueError(f"has a host that only looks like an address: {host!r:.80}; write 192.0.2.1") from error


def version_6(netloc: str) -> str:
    """Return the IPv6 address that stands in brackets, perhaps before a port; raises ValueError."""
    found = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]*)?", netloc)
    try:
        return str(IPv6Address(found[1] if found else ""))
    except ValueError as error:
        raise ValueError("has a host in brackets that is no IPv6 address, or has a zone") from error
