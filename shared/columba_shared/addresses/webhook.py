"""Where a webhook goes: a link, without anybody's password in it, whose host is plain.

Whether it is out in the world is not asked here: the consumers' settings allow networks, and know names.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from columba_shared.addresses.literal import is_number, version_4, version_6

_VISIBLE: Final = re.compile(r"[!-~]+")


def check_webhook(address: str) -> None:
    """Return if it is an http or https URL with a host; raises ValueError, which repeats no password."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("is not a URL: write one such as https://example.com/hooks/7") from error
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise ValueError("holds a user's name or a password, which must not travel in events: leave it out of the URL")
    if parts.scheme not in {"http", "https"} or not host or not _VISIBLE.fullmatch(address):
        raise ValueError(
            f"is not an http or https URL: {address!r:.60} (write one such as https://example.com/hooks/7)"
        )
    _check_host(parts.netloc, host.rstrip("."))
    if parts.fragment:
        raise ValueError("has a part behind #, which no server ever sees: leave it out")


def _check_host(netloc: str, host: str) -> None:
    """Return unless the host is an address in a spelling that consumers refuse whatever they allow."""
    if "[" in netloc:
        version_6(netloc)
    elif "%" in host:
        raise ValueError(f"has a host with escapes: {host!r:.80}; write it without")
    elif is_number(host):
        version_4(host)
