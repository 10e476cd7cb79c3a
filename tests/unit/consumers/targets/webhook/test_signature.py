"""Signatures, by the specification's own example."""

import re
from datetime import UTC, datetime
from typing import Final

import pytest
from columba_consumers.targets.webhook.signature import signed
from columba_consumers.targets.webhook.url import place_of
from columba_shared.settings.webhook_secrets import Keyring, webhook_secrets

# The example that the reference libraries of Standard Webhooks are tested with.
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - published
MESSAGE_ID: Final = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT: Final = datetime.fromtimestamp(1614265330, tz=UTC)
BODY: Final = b'{"test": 2432232314}'
SIGNATURE: Final = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER: Final = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"


def test_the_specifications_example_is_signed_as_it_says() -> None:
    headers = signed(webhook_secrets(SECRET).of("example.com", "/"), message_id=MESSAGE_ID, at=AT, body=BODY)
    assert headers == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_while_a_secret_is_changed_both_sign_the_newest_first() -> None:
    both = webhook_secrets(f"{OTHER}, {SECRET}").of("example.com", "/")
    found = signed(both, message_id=MESSAGE_ID, at=AT, body=BODY)["webhook-signature"].split(" ")
    assert len(found) == 2
    assert found[1] == SIGNATURE


def test_without_a_secret_there_is_an_id_and_a_time_and_no_signature() -> None:
    assert "webhook-signature" not in signed(Keyring().of("a", "/"), message_id=MESSAGE_ID, at=AT, body=BODY)


def test_each_place_has_its_own_secrets_and_the_longest_name_counts() -> None:
    third = "whsec_" + "enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRj"
    first, second, last = (webhook_secrets(each).of("any.example", "/") for each in (SECRET, OTHER, third))
    ring = webhook_secrets(f"Example.com={SECRET}; example.com/hooks/a={OTHER}; bücher.example={third}")
    assert ring.of("example.com", "/hooks/ab") == ring.of("example.com", "/") == first
    assert ring.of("example.com", "/hooks/a/b") == ring.of("example.com", "/hooks/a") == second
    assert ring.of("xn--bcher-kva.example", "/x") == last
    assert ring.of("example.com.evil.example", "/") == ()
    assert webhook_secrets(f"example.com={SECRET}; *={OTHER}").of("a.example", "/") == second


@pytest.mark.parametrize(
    "text",
    [
        "secret",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_!!!!",
        f"example.com={SECRET[6:]}",
        f"{SECRET}; {OTHER}",
        "a=",
        "a b=c",
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be secrets|twice") as caught:
        webhook_secrets(text)
    assert SECRET not in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "fix"),
    [
        ("example.com:8443", "leave out the port"),
        ("[2606:4700::1111]:8443", "leave out the port"),
        ("https://example.com/hooks", "leave out https://"),
        ("*.example.com", "write out each host"),
        ("*/hooks", "write out each host"),
        ("[example.com]", "no IPv6 address"),
        ("[2606:4700::1111", "no IPv6 address"),
        ("2606:4700::1111]", "no IPv6 address"),
        ("[fe80::1%eth0]", "no IPv6 address"),
        ("example.com/hooks?a", "behind ? or #"),
        ("example.com/hooks/../a", "leave out . and .."),
    ],
)
def test_a_place_that_nothing_is_ever_posted_to_is_refused_and_the_fix_named(place: str, fix: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fix)) as caught:
        webhook_secrets(f"{place}={SECRET}")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("[2606:4700:0::1111]", "https://[2606:4700::1111]/hooks"),
        ("2606:4700::1111/hooks", "https://[2606:4700:0::1111]:8443/hooks"),
        ("example.com/hooks/%61", "https://example.com/hooks/a"),
        ("example.com/hooks/a", "https://example.com/hooks/%61/b"),
        ("example.com/%c3%bc", "https://example.com/\u00fc"),
    ],
)
def test_a_place_is_found_in_each_of_its_spellings(name: str, url: str) -> None:
    place = place_of(url)
    assert len(webhook_secrets(f"{name}={SECRET}").of(place.host, place.path)) == 1


def test_a_keyring_shows_whom_it_is_for_and_nothing_of_its_secrets() -> None:
    shown = f"{webhook_secrets(f'example.com={SECRET},{OTHER}')!r} {webhook_secrets(SECRET)}"
    assert shown == "example.com: 2 secrets *: 1 secret"
