"""Mail addresses: read strictly, so that one is one and nobody else is smuggled in."""

import re
from functools import lru_cache
from typing import Final

import idna
from columba_shared.addresses.email import DOMAIN, ENCODED, LOCAL, MAX_ADDRESS_OCTETS, MAX_DOMAIN_OCTETS
from msgspec import Struct

from columba_consumers.targets.email.screening import screen
from columba_consumers.targets.email.unsafe import UnsafeHeader

_QUOTED: Final = re.compile(r'"((?:[ !#-;=?-\[\]-~]|\\[ !-;=?-~])+)"')
"""A local part in quotes: of ASCII, and with no angle bracket, which ends an address wherever one is looked for."""
_NAMED: Final = re.compile(r'(?:"((?:[^"\\]|\\.)*+)"\s*+|([^"<>@,;:\\]*+))<([^<>]*+)>')
"""A name without quotes keeps the blanks behind it, which `mailbox` strips: so it is read in one go, however long."""


class Mailbox(Struct, frozen=True, kw_only=True):
    """One address, its domain in ASCII, and the name to show with it."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The part behind the ``@``."""
        return self.address.rpartition("@")[2]


@lru_cache(maxsize=1024)
def mailbox(text: str, field: str, *, name: str | None = None) -> Mailbox:
    """Read ``bob@example.com`` or ``Bob <bob@example.com>``; a given ``name`` takes the place of the one inside.

    Raises UnsafeHeader for anything that is not exactly one address. Comments are legal and refused: nobody writes
    them, and mail software disagrees on where such an address ends. A local part in quotes loses them if it can.
    """
    screen(field, text)
    shown, bare = "", text.strip()
    if bare.endswith(">"):
        shown, bare = _parts(bare, field)
    chosen = shown if name is None else screen(f"{field} name", name)
    return Mailbox(address=_address(bare, field), name=chosen.strip())


def _parts(text: str, field: str) -> tuple[str, str]:
    match = _NAMED.fullmatch(text)
    if match is None:
        raise UnsafeHeader(field, "is not one address of the form Name <name@example.com>")
    quoted, plain, address = match.groups()
    return (plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)), address


def _address(text: str, field: str) -> str:
    local, at, domain = text.rpartition("@")
    if local.startswith('"'):
        local = _unquoted(local)
    elif LOCAL.fullmatch(local) is None:
        at = ""
    if not at or not local or ENCODED in text or not text.isprintable():
        raise UnsafeHeader(field, "is not one address of the form name@example.com")
    address = f"{local}@{ascii_domain(domain, field)}"
    if len(address.encode()) > MAX_ADDRESS_OCTETS:
        raise UnsafeHeader(field, f"is longer than {MAX_ADDRESS_OCTETS} octets")
    return address


def _unquoted(local: str) -> str:
    """Return a local part in quotes without them if they are needless, as it is if they are not; empty: it is none."""
    match = _QUOTED.fullmatch(local)
    if match is None:
        return ""
    plain = re.sub(r"\\(.)", r"\1", match[1])
    return plain if LOCAL.fullmatch(plain) else local


def ascii_domain(domain: str, field: str) -> str:
    """Return the domain as the DNS knows it (IDNA 2008); raises UnsafeHeader if it cannot be one."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError as error:
            raise UnsafeHeader(field, "has a domain that is not a valid international name") from error
    if len(domain) > MAX_DOMAIN_OCTETS or DOMAIN.fullmatch(domain) is None:
        raise UnsafeHeader(field, "has a domain that is not a valid name")
    return domain


@lru_cache(maxsize=4096)
def domain_of(text: str) -> str:
    """Return the domain of an address in small letters and ASCII; empty when it has none that can be one."""
    try:
        return ascii_domain(text.strip().rstrip(">").rpartition("@")[2], "To").lower()
    except UnsafeHeader:
        return ""
