"""Which addresses are out in the world, and which are not, however they are written."""

from ipaddress import ip_address, ip_network
from typing import Final

import pytest
from columba_consumers.targets.http import AddressGuard, ForbiddenAddress
from columba_shared.log.causes import likeness

INSIDE: Final = [
    "0.0.0.0",  # noqa: S104 - refused
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",  # metadata of Alibaba's cloud
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # Azure's
    "169.254.0.1",
    "169.254.169.254",  # most others'
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # Oracle's
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:10.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:0:127.0.0.1",  # translated
    "64:ff9b::127.0.0.1",  # NAT64
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "2002:7f00:1::1",  # 6to4
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # Amazon's metadata
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
OUTSIDE: Final = ["93.184.216.34", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8"]


METADATA: Final = (
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::",
    "169.254.170.2",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
)


def said(address: str) -> str:
    """Return why nobody connects there."""
    with pytest.raises(ForbiddenAddress) as caught:
        AddressGuard(fix=": allow it").check(address)
    return str(caught.value)


def test_what_is_not_out_in_the_world_is_refused_and_all_else_is_not() -> None:
    for address in (*INSIDE, *METADATA):
        assert said(address)
    for address in OUTSIDE:
        AddressGuard().check(address)


def test_it_is_said_what_an_address_is_so_that_causes_tell_them_apart() -> None:
    kinds = {
        "127.0.0.1": "loopback",
        "::1": "loopback",
        "10.0.0.1": "private network",
        "fd12::1": "private network",
        "169.254.7.7": "link-local",
        "224.0.0.1": "multicast",
        "100.64.0.1": "shared by a provider",
        "::ffff:10.0.0.1": "carries an IPv4 address",
        "2001:db8::1": "reserved",
    }
    for address, kind in kinds.items():
        assert said(address) == f"{ip_address(address)} is a private or special address ({kind}): allow it"
    version_4 = {address: kind for address, kind in kinds.items() if ":" not in address}
    assert len({likeness(said(address)) for address in version_4}) == len(set(version_4.values())) == 5


def test_to_allow_where_clouds_keep_metadata_is_not_advised() -> None:
    for address in METADATA:
        assert said(address) == f"{ip_address(address)} is where clouds keep metadata and keys of their machines"


def test_an_allowed_network_is_no_more_than_that() -> None:
    guard = AddressGuard([ip_network("10.1.0.0/16"), ip_network("fd12::/48")])
    guard.check("10.1.2.3")
    guard.check("fd12::5")
    for address in ("10.2.0.1", "::ffff:10.1.2.3", "fd12:1::1"):
        with pytest.raises(ForbiddenAddress):
            guard.check(address)


@pytest.mark.parametrize("text", ["", "example.com", "2130706433", "0x7f.1", "127.1", "0177.0.0.1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ForbiddenAddress, match="is no address"):
        AddressGuard().check(text)
