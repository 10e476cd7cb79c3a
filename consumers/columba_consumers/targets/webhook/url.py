"""Which URLs a webhook may be posted to: plain ones, whose host can be read in one way alone."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna
from columba_shared.addresses.literal import is_number, version_4, version_6
from columba_shared.url_path import one_spelling, quoted

LONGEST: Final = 2000
_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_HOST: Final = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A URL in the one spelling that is asked for, and where it leads: a name in ASCII or an address, and a port."""

    url: str
    host: str
    port: int
    path: str


@lru_cache(maxsize=4096)
def place_of(url: str) -> Place:
    """Return where a URL leads; raises ValueError with what is wrong."""
    if len(url) > LONGEST or not url.isprintable() or re.search(r"[\s\\]", url):
        raise ValueError(f"must be a URL of at most {LONGEST} visible characters, without blanks and backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"is no URL that can be read: {error}") from error
    scheme = parts.scheme
    if scheme not in _PORTS or not parts.hostname:
        raise ValueError("must be an http or https URL with a host, such as https://example.com/hooks")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user or a password: what proves who posts is the signature")
    if port == 0:
        raise ValueError("must have a port from 1 to 65535, or none")
    host = _host(parts)
    port = port or _PORTS[scheme]
    bracketed = f"[{host}]" if ":" in host else host
    netloc = bracketed if port == _PORTS[scheme] else f"{bracketed}:{port}"
    path, query = one_spelling(parts.path) or "/", f"?{quoted(parts.query)}" if parts.query else ""
    return Place(url=f"{scheme}://{netloc}{path}{query}", host=host, port=port, path=path)


def _host(parts: SplitResult) -> str:
    """Return the host as it is looked up."""
    if "[" in parts.netloc:
        return version_6(parts.netloc)
    given = (parts.hostname or "").rstrip(".")
    try:
        host = given if given.isascii() else idna.encode(given, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"has a host that is no name: {error}") from error
    host = host.lower()
    labels = host.split(".")
    if is_number(host):
        return version_4(host)
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(f"has a host that is no name: {given!r:.80}")
    return host
