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
    ("given", "path", "query"),
    [
        ("/hooks/%61", "/hooks/a", ""),
        ("/%7e%2D%5f%2e%2ea", "/~-_..a", ""),
        ("/a%2fb%3f%e4", "/a%2Fb%3F%E4", ""),
        ("/100%/%zz", "/100%25/%25zz", ""),
        ("/%2561%%36%31", "/%2561%2561", ""),
        ("/\u00fc \u00df".replace(" ", ""), "/%C3%BC%C3%9F", ""),
        ("/a;b=c,(d)!*'$&+:@", "/a;b=c,(d)!*'$&+:@", ""),
        ("/[a]<b>", "/%5Ba%5D%3Cb%3E", ""),
        ("/?x=%2Ft%3a&sig=%61+%2b/:", "/", "?x=%2Ft%3a&sig=%61+%2b/:"),
        ("/?\u00fc=<%>", "/", "?%C3%BC=%3C%25%3E"),
    ],
    ids=range(10),
)
def test_a_path_has_one_spelling_and_what_is_asked_stays_as_it_is(given: str, path: str, query: str) -> None:
    place = place_of(f"https://example.com{given}")
    assert (place.path, place.url) == (path, f"https://example.com{path}{query}")
    assert place_of(place.url) == place


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
        ("https://example.com/hooks/a/..;/b", "leave out"),
        ("https://example.com/hooks/a/..;x=1/b", "leave out"),
        ("https://example.com/hooks/a/%2e%2E%3bx/b", "leave out"),
        ("https://example.com/hooks/a%2f..%2fb", "leave out"),
        ("https://example.com/hooks/a%2F%2e%2e", "leave out"),
        ("https://example.com/hooks/a%5c..%5Cb", "leave out"),
    ],
    ids=range(30),
)
def test_what_can_be_read_in_several_ways_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        place_of(url)
