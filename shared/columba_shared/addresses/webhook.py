"""Where a webhook goes: a link, without anybody's password in it."""

import re
from typing import Final
from urllib.parse import urlsplit

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
    if parts.fragment:
        raise ValueError("has a part behind #, which no server ever sees: leave it out")
