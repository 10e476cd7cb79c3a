"""Keys that sign mail are named by their domain, selector and file."""

from pathlib import Path

import pytest
from columba_shared.settings.signing_key import SigningKey, signing_keys


def test_each_key_has_its_domain_selector_and_file() -> None:
    assert signing_keys("Example.com=news:/run/dkim.pem, example.com = b.2026 : keys/b:c.pem") == (
        SigningKey(domain="example.com", selector="news", file=Path("/run/dkim.pem")),
        SigningKey(domain="example.com", selector="b.2026", file=Path("keys/b:c.pem")),
    )
    assert signing_keys("") == ()


def test_a_key_is_shown_as_it_is_set() -> None:
    (key,) = signing_keys("example.com=news:/run/dkim.pem")
    assert str(key) == "example.com=news:/run/dkim.pem"


@pytest.mark.parametrize(
    "text", ["example.com", "example.com=news", "=news:f", "localhost=a:f", "example.com=:f", "a b.com=n:f", "a.com=n:"]
)
def test_what_is_no_key_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as example\.com=news:/run/secrets/dkim\.pem"):
        signing_keys(text)


def test_a_selector_is_given_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        signing_keys("example.com=a:f,example.com=a:g")
