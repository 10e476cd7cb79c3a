"""Which URLs a webhook may be posted to."""

import pytest
from columba_consumers.targets.webhook.url import place_of


@pytest.mark.parametrize(
    ("given", "url", "host", "port"),
    [
        ("https://example.com", "https://example.com/", "example.com", 443),
        ("https://Example.COM:443/a?b=c", "https://example.com/a?b=c", "example.com", 443),
        ("http://example.com.:8080/a", "http://example.com:8080/a", "example.com", 8080),
        ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a", "xn--bcher-kva.example", 443),
        ("http://93.184.216.34/", "http://93.184.216.34/", "93.184.216.34", 80),
        ("http://[2606:4700:0::1111]:81/", "http://[2606:4700::1111]:81/", "2606:4700::1111", 81),
        ("https://example.com#@127.0.0.1/", "https://example.com/", "example.com", 443),
        ("https://example.com/?next=http://a@b/", "https://example.com/?next=http://a@b/", "example.com", 443),
    ],
)
def test_a_url_has_one_spelling(given: str, url: str, host: str, port: int) -> None:
    place = place_of(given)
    assert (place.url, place.host, place.port) == (url, host, port)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "http or https"),
        ("example.com/hooks", "http or https"),
        ("ftp://example.com/", "http or https"),
        ("file:///etc/passwd", "http or https"),
        ("https:///path", "http or https"),
        ("https://bob:secret@example.com/", "a user or a password"),
        ("https://example.com\\@127.0.0.1/", "backslashes"),
        ("https://example.com /", "blanks"),
        ("https://example.com/\n", "visible"),
        ("https://example.com:0/", "a port"),
        ("https://example.com:99999/", "read"),
        ("https://exa%6dple.com/", "no name"),
        ("https://exa..mple.com/", "no name"),
        ("http://2130706433/", "only looks like an address"),
        ("http://0x7f000001/", "only looks like an address"),
        ("http://0177.0.0.1/", "only looks like an address"),
        ("http://127.1/", "only looks like an address"),
        ("http://1.2.3.4.5/", "only looks like an address"),
        ("http://[fe80::1%25eth0]/", "a zone"),
        ("http://[::1", "read"),
        ("https://example.com/" + "a" * 2000, "at most 2000"),
        ("https://example.com/hooks/a/../b", "leave out"),
        ("https://example.com/%2E%2e/b", "leave out"),
        ("https://example.com/a/.", "leave out"),
    ],
    ids=range(24),
)
def test_what_can_be_read_in_several_ways_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        place_of(url)
