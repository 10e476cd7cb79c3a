"""Addresses in one spelling, and what a list may hold them under."""

import pytest
from columba_shared.address import folded, listing, listings
from hypothesis import given
from hypothesis.strategies import text


@pytest.mark.parametrize(
    "written",
    [
        "bob@example.org",
        "BOB@Example.Org",
        " Bob <bob@EXAMPLE.org> ",
        '"Bob, the <b>" <bob@example.org>',
        "bob@example.org.",
    ],
)
def test_all_spellings_of_an_address_are_one(written: str) -> None:
    assert folded(written) == "bob@example.org"


def test_what_is_no_mail_address_keeps_its_capitals_but_for_a_host() -> None:
    assert folded(" HTTPS://Example.org/Hook?to=A@b ") == "https://example.org/Hook?to=A@b"
    assert folded("ExponentPushToken[aBc]") == "ExponentPushToken[aBc]"
    assert folded("+43 1 234") == "+43 1 234"


def test_an_address_is_listed_as_itself_by_its_domain_and_by_all_above_that() -> None:
    assert listings("Bob@Mail.Example.org") == (
        "bob@mail.example.org",
        "@mail.example.org",
        "@*.example.org",
        "@*.org",
    )
    assert listings("https://hooks.example.org/x")[1:] == ("@hooks.example.org", "@*.example.org", "@*.org")
    assert listings("+43 1 234") == ("+43 1 234",)


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("@Example.ORG", "@example.org"),
        ("*.example.org", "@*.example.org"),
        ("@*.BÜCHER.example", "@*.bücher.example"),
        ("Bob <B@xn--bcher-kva.example>", "b@bücher.example"),
    ],
)
def test_what_people_write_is_listed_in_one_spelling(written: str, listed: str) -> None:
    assert listing(written) == listed


@given(text())
def test_whatever_can_be_listed_is_found_under_its_own_name(written: str) -> None:
    try:
        listed = listing(written)
    except ValueError:
        return
    assert listing(listed) == listed
    if not listed.startswith("@"):
        assert listed in listings(written)
