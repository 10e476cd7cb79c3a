"""Which addresses are out in the world, and which are not, however they are written."""

from ipaddress import ip_network
from typing import Final

import pytest
from columba_consumers.targets.http import AddressGuard, ForbiddenAddress

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


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_out_in_the_world_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddress, match="is a private or special address: allow it"):
        AddressGuard(fix=": allow it").check(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_out_in_the_world_is_not(address: str) -> None:
    AddressGuard().check(address)


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
