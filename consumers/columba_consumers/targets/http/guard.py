"""Which addresses nobody is sent to whom an event names: everything that is not out in the world.

The networks are those of IANA's special-purpose registries, written out: what Python's `ipaddress` takes to be global
differs between its releases. What leads to an IPv4 address in disguise is refused wherever it leads, but for
NAT64's own prefix, which is how networks that speak IPv6 alone reach everybody.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

_NOT_OUTSIDE: Final = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a provider's NAT; a cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's metadata, at an address that looks public
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4's relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",  # measurements
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
        "2001::/23",  # Teredo, ORCHID and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_OUTSIDE: Final = IPv6Network("2000::/3")
"""What is given out of IPv6: mapped and compatible IPv4, loopback, local, link-local and multicast are beyond it."""
_NAT64: Final = IPv6Network("64:ff9b::/96")


class ForbiddenAddress(OSError):
    """Nobody connects there: the address is not out in the world, and not allowed."""


class NotLookedUp(OSError):
    """Nobody has asked yet where a name leads: the names of others take their time."""


class AddressGuard:
    """Says no to addresses; asked for each one just before a socket connects to it."""

    def __init__(self, allowed: Iterable[Network] = (), *, fix: str = "") -> None:
        """Let ``allowed`` networks pass; ``fix`` says in an error's text how one is allowed."""
        self._allowed: Sequence[Network] = tuple(allowed)
        self._fix = fix

    def check(self, address: str) -> None:
        """Return if somebody may connect there; raises ForbiddenAddress, also for what is no address at all."""
        try:
            found = ip_address(address)
        except ValueError as error:
            raise ForbiddenAddress(f"{address!r:.60} is no address") from error
        # ``fe80::1%eth0`` is in no network but by its address.
        bare = IPv6Address(int(found)) if isinstance(found, IPv6Address) else found
        if not (any(bare in network for network in self._allowed) or _is_outside(bare)):
            raise ForbiddenAddress(f"{found} is a private or special address{self._fix}")


def _is_outside(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is out in the world."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return _is_outside(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _OUTSIDE:
            return False
    return not any(address in network for network in _NOT_OUTSIDE)
