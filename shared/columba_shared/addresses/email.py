"""An address of mail, as producers take it: plain, and one that its consumer can send to."""

import re
from typing import Final

MAX_ADDRESS_OCTETS: Final = 254
MAX_DOMAIN_OCTETS: Final = 253
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
LOCAL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
"""A local part without quotes."""
DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
"""A domain as the DNS knows it: in ASCII."""
ENCODED: Final = "=?"
"""Begins an encoded word, of which careless readers make another address."""
_MAX_LOCAL: Final = 64
_INTERNATIONAL: Final = re.compile(r"""[^\s<>(),;:"\\@\[\]]+""")
"""Whether its labels can be names, the consumer sees, who knows the rules of international domains."""


def check_email(address: str) -> None:
    """Return if it is one plain address; raises ValueError."""
    if not is_plain(address):
        raise ValueError(
            f"is not one plain email address: {address!r:.60} (several go in a list, a name in Recipient(name=…))"
        )


def is_plain(address: str) -> bool:
    """Say whether it is one address, with no name, no comment and nothing in quotes."""
    local, _, domain = address.rpartition("@")
    if not address.isprintable() or ENCODED in address or len(address.encode()) > MAX_ADDRESS_OCTETS:
        return False
    if len(local) > _MAX_LOCAL or len(domain) > MAX_DOMAIN_OCTETS or LOCAL.fullmatch(local) is None:
        return False
    return (DOMAIN if domain.isascii() else _INTERNATIONAL).fullmatch(domain) is not None
