"""Which addresses nobody is sent to whom an event names: everything that is not out in the world.

The networks are those of IANA's special-purpose registries, written out: what Python's `ipaddress` takes to be global
differs between its releases. What leads to an IPv4 address in disguise is refused wherever it leads, but for
NAT64's own prefix, which is how networks that speak IPv6 alone reach everybody.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

_CARRIES: Final = "carries an IPv4 address"
_RESERVED: Final = "reserved"
_NOT_OUTSIDE: Final = tuple(
    (ip_network(each), kind)
    for kind, networks in {
        "loopback": "127.0.0.0/8 ::1/128",
        "private network": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7",
        "link-local": "169.254.0.0/16 fe80::/10",
        "shared by a provider": "100.64.0.0/10",
        "multicast": "224.0.0.0/4 ff00::/8",
        # 6to4, mapped and compatible ones, and those that are translated.
        _CARRIES: "2002::/16 ::ffff:0:0/96 ::ffff:0:0:0/96 ::/96 64:ff9b:1::/48",
        # This host, protocols' own (Teredo and ORCHID among them), relays, measurements, documentation.
        _RESERVED: "0.0.0.0/8 192.0.0.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 "
        "198.18.0.0/15 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 2001::/23 2001:db8::/32 3fff::/20",
    }.items()
    for each in networks.split()
)
_METADATA: Final = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # most clouds'
            "169.254.170.2",  # Amazon's, of containers
            "169.254.170.23",
            "169.254.0.23",  # Tencent's
            "100.100.100.200",  # Alibaba's
            "168.63.129.16",  # Azure's, at an address that looks public
            "192.0.0.192",  # Oracle's
            "fd00:ec2::254",  # Amazon's
            "fd00:ec2::23",
            "fd20:ce::254",  # Google's
        ),
    )
)
_OUTSIDE: Final = IPv6Network("2000::/3")
"""What is given out of IPv6: mapped and compatible IPv4, loopback, local, link-local and multicast are beyond it."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
_LAST_32: Final = 0xFFFF_FFFF
_CARRYING: Final = tuple(map(IPv6Network, ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96")))
"""Whose last 32 bits are an IPv4 address."""


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
        kind = _kind(bare)
        if kind is None or any(bare in network for network in self._allowed):
            return
        if not _METADATA.isdisjoint({bare, _carried(bare)}):  # nobody is advised to allow it
            raise ForbiddenAddress(f"{found} is where clouds keep metadata and keys of their machines")
        raise ForbiddenAddress(f"{found} is a private or special address ({kind}){self._fix}")


def _kind(address: IPv4Address | IPv6Address) -> str | None:
    """Return what an address is that is not out in the world; None: it is."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return _kind(IPv4Address(int(address) & _LAST_32))
    if address in _METADATA:
        return _RESERVED
    kind = next((kind for network, kind in _NOT_OUTSIDE if address in network), None)
    if kind is None and isinstance(address, IPv6Address) and address not in _OUTSIDE:
        return _RESERVED
    return kind


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address carries, if it does."""
    if not isinstance(address, IPv6Address):
        return None
    if any(address in network for network in _CARRYING):
        return IPv4Address(int(address) & _LAST_32)
    return address.sixtofour
