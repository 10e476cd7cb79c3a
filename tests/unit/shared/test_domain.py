"""Domains are compared in one spelling."""

import pytest
from columba_shared.domain import canonical, domain_of, spellings, within


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("bob@example.org", "example.org"),
        ("Bob <bob@Example.ORG>", "example.org"),
        ("bob@example.org.", "example.org"),
        ("a@b@example.org", "example.org"),
        ("bob@B\u00dcCHER.example", "b\u00fccher.example"),
        ("bob@xn--bcher-kva.example", "b\u00fccher.example"),
        ("bob@XN--BCHER-KVA.example", "b\u00fccher.example"),
        ("bob@bu\u0308cher.example", "b\u00fccher.example"),
        ("bob@b\u00fccher\u3002example", "b\u00fccher.example"),
        ("bob@xn--\u00e4.example", "xn--\u00e4.example"),
        ("https://user@Hooks.example.org:8443/a@b.c", "hooks.example.org"),
        ("https://[broken/", ""),
        ("+436601234567", ""),
        ("audience:subscribers", ""),
    ],
)
def test_the_domain_of_an_address(address: str, domain: str) -> None:
    assert domain_of(address) == domain


def test_a_domain_keeps_its_own_letters_apart() -> None:
    assert canonical("stra\u00dfe.example") != canonical("strasse.example")


@pytest.mark.parametrize(
    ("domain", "pattern", "fits"),
    [
        ("example.org", "example.org", True),
        ("mail.example.org", "example.org", False),
        ("mail.example.org", "*.example.org", True),
        ("a.mail.example.org", "*.example.org", True),
        ("example.org", "*.example.org", False),
        ("badexample.org", "*.example.org", False),
        ("", "example.org", False),
    ],
)
def test_a_domain_fits_itself_and_a_star_what_is_below(domain: str, pattern: str, *, fits: bool) -> None:
    assert within(domain, pattern) is fits


def test_a_domain_has_its_letters_and_its_name_in_the_dns() -> None:
    assert spellings("b\u00fccher.example") == {"b\u00fccher.example", "xn--bcher-kva.example"}
    assert spellings("example.org") == {"example.org"}
